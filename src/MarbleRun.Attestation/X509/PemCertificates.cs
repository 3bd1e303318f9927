using System.Buffers;
using System.Buffers.Text;
using System.Diagnostics.CodeAnalysis;
using MarbleRun.Attestation.Checks;

namespace MarbleRun.Attestation.X509;

/// <summary>
/// Reads a chain of certificates in PEM strictly: only certificates and line ends, canonical base64, and optionally zeros at the end (RFC
/// 7468, strict form). With a lenient reader, bytes of the quote could change without effect.
/// </summary>
internal static class PemCertificates
{
    private const int MostCertificates = 8;

    private static ReadOnlySpan<byte> Begin => "-----BEGIN CERTIFICATE-----"u8;

    private static ReadOnlySpan<byte> End => "-----END CERTIFICATE-----"u8;

    private static ReadOnlySpan<byte> LineEnds => "\r\n"u8;

    /// <summary>Reads all certificates, DER, in their order.</summary>
    public static bool TryRead(ReadOnlySpan<byte> pem, out List<byte[]> certificates, [NotNullWhen(false)] out CheckFailure? failure)
    {
        certificates = [];
        if (pem.Length > EvidenceLimits.MostBytes)
        {
            failure = CheckFailure.Malformed($"certificates in PEM of at most {EvidenceLimits.MostBytes} bytes", $"{pem.Length} bytes");
            return false;
        }

        ReadOnlySpan<byte> rest = pem.TrimEnd((byte)0).Trim(LineEnds);
        while (!rest.IsEmpty)
        {
            // The search for the end starts after the beginning, because the two labels can share their dashes.
            ReadOnlySpan<byte> body = rest.StartsWith(Begin) ? rest[Begin.Length..] : [];
            int end = body.IndexOf(End);
            if (end < 0 || certificates.Count == MostCertificates || Decode(body[..end]) is not { } der)
            {
                failure = CheckFailure.Malformed(
                    $"certificates in PEM, {MostCertificates} at most",
                    $"something else after {certificates.Count} of them");
                return false;
            }

            certificates.Add(der);
            rest = body[(end + End.Length)..].TrimStart(LineEnds);
        }

        failure = certificates.Count == 0 ? CheckFailure.Malformed("certificates in PEM", "nothing") : null;
        return failure is null;
    }

    private static byte[]? Decode(ReadOnlySpan<byte> body)
    {
        if (body.IsEmpty || !LineEnds.Contains(body[0]) || !LineEnds.Contains(body[^1]))
        {
            return null;
        }

        var text = new byte[body.Length];
        int length = 0;
        foreach (byte b in body)
        {
            if (!LineEnds.Contains(b))
            {
                text[length++] = b;
            }
        }

        var der = new byte[Base64.GetMaxDecodedFromUtf8Length(length)];
        if (Base64.DecodeFromUtf8(text.AsSpan(0, length), der, out int consumed, out int written) != OperationStatus.Done
            || consumed != length)
        {
            return null;
        }

        // The unused bits of the last character must be zero, and there must be no white space: only then does encoding give the same text.
        var again = new byte[Base64.GetMaxEncodedToUtf8Length(written)];
        Base64.EncodeToUtf8(der.AsSpan(0, written), again, out _, out int encoded);
        return again.AsSpan(0, encoded).SequenceEqual(text.AsSpan(0, length)) ? der[..written] : null;
    }
}
