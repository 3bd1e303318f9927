using System.Text;
using Base64Text = System.Buffers.Text.Base64;

namespace MarbleRun.Manifests.Templates.Functions;

/// <summary>The template functions that write secrets: <c>raw</c>, <c>hex</c>, <c>base64</c>, <c>pem</c> and <c>string</c>.</summary>
internal static class SecretFunctions
{
    private static readonly FunctionResult s_missing = FunctionResult.Refuse("secret does not exist", TemplateFaultKind.MissingSecret);

    private static readonly FunctionResult s_empty = FunctionResult.Refuse(
        "tried to parse secret with empty value", TemplateFaultKind.EmptySecret);

    /// <summary>64 columns of base64 (RFC 7468 section 2).</summary>
    private const int PemLineBytes = 48;

    /// <summary><c>raw</c>: the bytes of a secret, a key or a certificate, without an encoding.</summary>
    public static FunctionResult Raw(TemplateValue argument) =>
        RawForm(argument, out ReadOnlyMemory<byte> raw) ?? FunctionResult.Of(new TextValue(raw));

    /// <summary><c>hex</c>: the bytes as lowercase hexadecimal digits.</summary>
    public static FunctionResult Hex(TemplateValue argument)
    {
        if (RawForm(argument, out ReadOnlyMemory<byte> raw) is { } refusal)
        {
            return refusal;
        }

        byte[] digits = new byte[raw.Length * 2];
        _ = Convert.TryToHexStringLower(raw.Span, digits, out _);
        return FunctionResult.Made(digits);
    }

    /// <summary><c>base64</c>: the bytes in base64 (RFC 4648 section 4), with padding.</summary>
    public static FunctionResult Base64(TemplateValue argument)
    {
        if (RawForm(argument, out ReadOnlyMemory<byte> raw) is { } refusal)
        {
            return refusal;
        }

        byte[] digits = new byte[Base64Text.GetMaxEncodedToUtf8Length(raw.Length)];
        _ = Base64Text.EncodeToUtf8(raw.Span, digits, out _, out _);
        return FunctionResult.Made(digits);
    }

    /// <summary><c>pem</c>: a certificate or a key as PEM (RFC 7468).</summary>
    public static FunctionResult Pem(TemplateValue argument) => argument switch
    {
        MissingValue => s_missing,
        CertificateValue { Der.IsEmpty: true } or KeyValue { Bytes.IsEmpty: true } => s_empty,
        CertificateValue certificate => FunctionResult.Made(EncodePem(certificate.Der.Span, "CERTIFICATE")),
        KeyValue key => FunctionResult.Made(EncodePem(key.Bytes.Span, key.PemLabel)),
        _ => FunctionResult.Refuse("invalid secret type for pem encoding", TemplateFaultKind.WholeSecretAsPem),
    };

    /// <summary><c>string</c>: the text of a secret of type <c>plain</c>, which an environment variable can hold.</summary>
    public static FunctionResult PlainText(TemplateValue argument) => argument switch
    {
        MissingValue => s_missing,
        SecretValue { Secret: { Type: SecretTypes.Plain, Public: var text } } =>
            text.IsEmpty ? s_empty
            : text.Span.Contains((byte)0) ? FunctionResult.Refuse("secret contains null bytes")
            : FunctionResult.Of(new TextValue(text)),
        _ => FunctionResult.Refuse("only secrets of type plain are allowed to use string encoding for environment variables"),
    };

    /// <summary>Gets the bytes of a secret, or the refusal if it has no bytes.</summary>
    private static FunctionResult? RawForm(TemplateValue argument, out ReadOnlyMemory<byte> raw)
    {
        raw = argument switch
        {
            SecretValue value => value.Secret.Public,
            KeyValue value => value.Bytes,
            CertificateValue value => value.Der,
            _ => default,
        };
        return argument switch
        {
            MissingValue => s_missing,
            SecretValue or KeyValue or CertificateValue => raw.IsEmpty ? s_empty : null,
            _ => FunctionResult.Refuse("invalid secret type"),
        };
    }

    /// <summary>Writes to one array of the exact size, so that no copy of a private key remains.</summary>
    public static byte[] EncodePem(ReadOnlySpan<byte> bytes, string label)
    {
        byte[] head = Encoding.ASCII.GetBytes($"-----BEGIN {label}-----\n");
        byte[] tail = Encoding.ASCII.GetBytes($"-----END {label}-----\n");
        int lines = (bytes.Length + PemLineBytes - 1) / PemLineBytes;
        byte[] pem = new byte[head.Length + Base64Text.GetMaxEncodedToUtf8Length(bytes.Length) + lines + tail.Length];
        head.CopyTo(pem, 0);
        int written = head.Length;
        for (; !bytes.IsEmpty; bytes = bytes[Math.Min(PemLineBytes, bytes.Length)..])
        {
            _ = Base64Text.EncodeToUtf8(bytes[..Math.Min(PemLineBytes, bytes.Length)], pem.AsSpan(written), out _, out int digits);
            written += digits;
            pem[written++] = (byte)'\n';
        }

        tail.CopyTo(pem, written);
        return pem;
    }
}
