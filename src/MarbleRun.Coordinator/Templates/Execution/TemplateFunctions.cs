using System.Text;
using MarbleRun.Manifests;
using Base64Text = System.Buffers.Text.Base64;

namespace MarbleRun.Coordinator.Templates.Execution;

/// <summary>The functions of templates. Files have <c>raw</c>, environment variables have <c>string</c> in its place.</summary>
internal sealed class TemplateFunctions
{
    private const string MissingSecret = "secret does not exist";

    private const string EmptyValue = "tried to parse secret with empty value";

    /// <summary>64 columns of base64 (RFC 7468 section 2).</summary>
    private const int PemLineBytes = 48;

    private static readonly TemplateFunctions s_file = new("raw", Raw);

    private static readonly TemplateFunctions s_environment = new("string", PlainText);

    private readonly Dictionary<string, TemplateFunction> _byName;

    private TemplateFunctions(string name, TemplateFunction function) =>
        _byName = new(StringComparer.Ordinal) { ["pem"] = Pem, ["hex"] = Hex, ["base64"] = Base64, [name] = function };

    public static TemplateFunctions For(TemplateTarget target) => target == TemplateTarget.File ? s_file : s_environment;

    /// <summary>The names, for messages.</summary>
    public string Names => string.Join(", ", _byName.Keys);

    public TemplateFunction this[string name] => _byName[name];

    public bool Contains(string name) => _byName.ContainsKey(name);

    private static string? Raw(TemplateValue argument, out ReadOnlyMemory<byte> result)
    {
        result = argument switch
        {
            SecretValue value => value.Secret.Public,
            BinaryValue value => value.Bytes,
            _ => default,
        };
        return argument switch
        {
            MissingValue => MissingSecret,
            SecretValue or BinaryValue => result.IsEmpty ? EmptyValue : null,
            _ => "invalid secret type",
        };
    }

    private static string? Hex(TemplateValue argument, out ReadOnlyMemory<byte> result)
    {
        string? fault = Raw(argument, out ReadOnlyMemory<byte> raw);
        byte[] digits = new byte[raw.Length * 2];
        if (fault is null)
        {
            _ = Convert.TryToHexStringLower(raw.Span, digits, out _);
        }

        result = digits;
        return fault;
    }

    private static string? Base64(TemplateValue argument, out ReadOnlyMemory<byte> result)
    {
        string? fault = Raw(argument, out ReadOnlyMemory<byte> raw);
        byte[] digits = new byte[Base64Text.GetMaxEncodedToUtf8Length(raw.Length)];
        _ = Base64Text.EncodeToUtf8(raw.Span, digits, out _, out _);
        result = digits;
        return fault;
    }

    private static string? Pem(TemplateValue argument, out ReadOnlyMemory<byte> result)
    {
        result = default;
        switch (argument)
        {
            case MissingValue:
                return MissingSecret;

            case BinaryValue { Bytes.IsEmpty: true }:
                return EmptyValue;

            case BinaryValue value:
                result = EncodePem(value.Bytes.Span, value.PemLabel);
                return null;

            default:
                return "invalid secret type for pem encoding";
        }
    }

    /// <summary>Written into one array of the exact size, so that no copy of a private key stays behind.</summary>
    private static byte[] EncodePem(ReadOnlySpan<byte> bytes, string label)
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

    private static string? PlainText(TemplateValue argument, out ReadOnlyMemory<byte> result)
    {
        result = default;
        switch (argument)
        {
            case MissingValue:
                return MissingSecret;

            case SecretValue { Secret.Type: SecretTypes.Plain } value:
                result = value.Secret.Public;
                return result.IsEmpty ? EmptyValue : result.Span.Contains((byte)0) ? "secret contains null bytes" : null;

            default:
                return "only secrets of type plain are allowed to use string encoding for environment variables";
        }
    }
}
