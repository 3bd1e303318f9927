using System.Security.Cryptography;
using MarbleRun.Attestation.Checks;
using MarbleRun.Attestation.X509;

namespace MarbleRun.Attestation.Snp;

/// <summary>
/// The signature of a report: ECDSA over P-384 with SHA-384, r and s little-endian in 72 bytes each (AMD #56860, ECDSA P-384 SHA-384
/// signature).
/// </summary>
internal static class SnpReportSignature
{
    /// <summary>The size of a number of P-384; the other bytes of the 72 are zero.</summary>
    public const int FieldSize = 48;

    /// <summary>Null if the key signed the report.</summary>
    public static CheckFailure? Check(SnpReport report, Certificate vek)
    {
        Span<byte> signature = stackalloc byte[2 * FieldSize];
        report.SignatureR[..FieldSize].CopyTo(signature);
        report.SignatureS[..FieldSize].CopyTo(signature[FieldSize..]);
        signature[..FieldSize].Reverse();
        signature[FieldSize..].Reverse();
        return Verify(vek.PublicKey.Span, report.Signed, signature)
            ? null
            : CheckFailure.Signature(
                $"a report signed by the key of {vek.SubjectText}", "a signature that is not by that key, or not over this report");
    }

    // A key that is not a point of the curve has no valid signature.
    private static bool Verify(ReadOnlySpan<byte> publicKey, ReadOnlySpan<byte> data, ReadOnlySpan<byte> signature)
    {
        ECDsa key;
        try
        {
            key = ECDsa.Create(new ECParameters
            {
                Curve = ECCurve.NamedCurves.nistP384,
                Q = new ECPoint { X = publicKey[..FieldSize].ToArray(), Y = publicKey[FieldSize..].ToArray() },
            });
        }
        catch (CryptographicException)
        {
            return false;
        }

        using (key)
        {
            return key.VerifyData(data, signature, HashAlgorithmName.SHA384, DSASignatureFormat.IeeeP1363FixedFieldConcatenation);
        }
    }
}
