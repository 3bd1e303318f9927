using System.Buffers.Text;
using System.Formats.Asn1;
using System.Text;

namespace MarbleRun.Manifests.Checks;

/// <summary>
/// Finds private keys in public text: PEM (RFC 7468) of any kind anywhere in a text, and PKCS #8, PKCS #1 or SEC 1 in DER or base64.
/// </summary>
internal static class PrivateKeyText
{
    private const string KindOfLabel = "PRIVATE KEY";

    /// <summary>Longer texts are not labels; each start is read only up to this length, so the work stays linear.</summary>
    private const int MaxLabel = 64;

    /// <summary>The DER of an RSA key of 16384 bits is shorter.</summary>
    private const int MaxDer = 16 * 1024;

    /// <summary>A shorter text contains no key: the shortest DER of a key is longer.</summary>
    private const int ShortestBody = 24;

    /// <summary>Returns the label of the first private key in PEM, for instance <c>EC PRIVATE KEY</c>, or null.</summary>
    public static string? FindLabel(ReadOnlySpan<byte> text) => Find(text, static (_, _) => true);

    /// <summary>
    /// Describes the private key in a text that may contain templates; null if there is no private key. A block whose content comes from a
    /// template contains none.
    /// </summary>
    public static string? Describe(ReadOnlySpan<byte> text) =>
        Find(text, HasBody) is { } label ? $"a PEM block {label}"
        : IsKey(text) || IsKeyInBase64(text) ? "a private key in DER"
        : null;

    private static string? Find(ReadOnlySpan<byte> text, Func<ReadOnlySpan<byte>, ReadOnlySpan<byte>, bool> accepts)
    {
        ReadOnlySpan<byte> begin = "-----BEGIN "u8;
        for (int at = text.IndexOf(begin); at >= 0; at = text.IndexOf(begin))
        {
            text = text[(at + begin.Length)..];
            int length = text[..Math.Min(text.Length, MaxLabel)].IndexOf("-----"u8);
            string label = length < 0 ? string.Empty : Encoding.Latin1.GetString(text[..length]);

            // The label of OpenPGP is longer: PGP PRIVATE KEY BLOCK.
            if (label.Contains(KindOfLabel, StringComparison.Ordinal) && accepts(text[..length], text[(length + 5)..]))
            {
                return label;
            }
        }

        return null;
    }

    /// <summary>
    /// Whether content follows that is not a template: 24 base64 digits before the end, ignoring line breaks and headers (RFC 1421).
    /// </summary>
    private static bool HasBody(ReadOnlySpan<byte> label, ReadOnlySpan<byte> rest)
    {
        int end = rest.IndexOf("-----"u8);
        ReadOnlySpan<byte> body = end < 0 ? rest : rest[..end];
        int template = body.IndexOf("{{"u8);
        body = template < 0 ? body : body[..template];
        int digits = 0;
        foreach (byte c in body)
        {
            digits += char.IsAsciiLetterOrDigit((char)c) || c is (byte)'+' or (byte)'/' ? 1 : 0;
            if (digits == ShortestBody)
            {
                return true;
            }
        }

        return false;
    }

    private static bool IsKeyInBase64(ReadOnlySpan<byte> text)
    {
        ReadOnlySpan<byte> digits = text.Trim(" \t\r\n"u8);
        if (digits.Length is < ShortestBody or > MaxDer * 3 / 2 || digits[0] != 'M' || !Base64.IsValid(digits, out int length))
        {
            return false;
        }

        byte[] der = new byte[length];
        return Base64.DecodeFromUtf8(digits, der, out _, out int written) == System.Buffers.OperationStatus.Done
            && IsKey(der.AsSpan(0, written));
    }

    /// <summary>
    /// Detects PrivateKeyInfo (RFC 5958), RSAPrivateKey (RFC 8017, A.1.2) and ECPrivateKey (RFC 5915) by their first members.
    /// </summary>
    private static bool IsKey(ReadOnlySpan<byte> der)
    {
        if (der.Length is < ShortestBody or > MaxDer || der[0] != 0x30)
        {
            return false;
        }

        try
        {
            var reader = new AsnReader(der.ToArray(), AsnEncodingRules.BER);
            AsnReader key = reader.ReadSequence();
            if (reader.HasData || !key.TryReadInt32(out int version) || version is < 0 or > 1)
            {
                return false;
            }

            Asn1Tag next = key.PeekTag();
            if (next.HasSameClassAndValue(Asn1Tag.Sequence))
            {
                _ = key.ReadSequence().ReadObjectIdentifier();
                return key.ReadOctetString().Length > 0;
            }

            if (next.HasSameClassAndValue(Asn1Tag.PrimitiveOctetString))
            {
                return version == 1 && key.ReadOctetString().Length is >= 16 and <= 66;
            }

            for (int i = 0; i < 8; i++)
            {
                _ = key.ReadIntegerBytes();
            }

            return version == 0;
        }
        catch (AsnContentException)
        {
            return false;
        }
    }
}
