using System.Formats.Asn1;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace MarbleRun.Coordinator.Authority;

/// <summary>
/// Creates a certificate (RFC 5280, 4.1) from a draft. <see cref="CertificateRequest"/> does the same, but lets OpenSSL 3.0 read the
/// result, which takes longer than making the key and the signature.
/// </summary>
internal static class CertificateSigner
{
    /// <summary>2^63-1 nanoseconds, about 292 years: the lifetime of authorities in MarbleRun 1.9.</summary>
    public static readonly TimeSpan AuthorityLifetime = TimeSpan.FromTicks(long.MaxValue / 100);

    /// <summary>How far in the past validity begins, so that a machine whose clock is behind accepts a new certificate.</summary>
    public static readonly TimeSpan ClockSkew = TimeSpan.FromMinutes(10);

    /// <summary>From this year on, times are GeneralizedTime (RFC 5280, 4.1.2.5).</summary>
    private const int FirstYearOfGeneralizedTime = 2050;

    private const int SerialNumberSize = 16;
    private const int Version3 = 2;
    private static readonly Asn1Tag s_version = new(TagClass.ContextSpecific, 0);
    private static readonly Asn1Tag s_extensions = new(TagClass.ContextSpecific, 3);

    /// <summary>Signs with the issuer's key; the serial number is 128 random bits.</summary>
    /// <param name="draft">The content.</param>
    /// <param name="issuer">The issuer's subject.</param>
    /// <param name="issuerKey">P-256 or P-384; no other call may use the object at the same time.</param>
    /// <param name="notBefore">The first second.</param>
    /// <param name="notAfter">The last second.</param>
    /// <returns>DER.</returns>
    /// <exception cref="CryptographicException">An extension occurs twice.</exception>
    public static byte[] Sign(
        CertificateDraft draft, X500DistinguishedName issuer, ECDsa issuerKey, DateTimeOffset notBefore, DateTimeOffset notAfter)
    {
        HashAlgorithmName hash = draft.SignatureHash ?? CertificateDrafts.HashFor(issuerKey);
        string algorithm = AlgorithmOf(hash);
        var writer = new AsnWriter(AsnEncodingRules.DER, initialCapacity: 1024);
        WriteToBeSigned(writer, draft, issuer, algorithm, notBefore, notAfter);
        byte[] toBeSigned = writer.Encode();
        byte[] signature = issuerKey.SignData(toBeSigned, hash, DSASignatureFormat.Rfc3279DerSequence);
        writer.Reset();
        using (writer.PushSequence())
        {
            writer.WriteEncodedValue(toBeSigned);
            WriteAlgorithm(writer, algorithm);
            writer.WriteBitString(signature);
        }

        return writer.Encode();
    }

    private static void WriteToBeSigned(
        AsnWriter writer,
        CertificateDraft draft,
        X500DistinguishedName issuer,
        string algorithm,
        DateTimeOffset notBefore,
        DateTimeOffset notAfter)
    {
        using (writer.PushSequence())
        {
            using (writer.PushSequence(s_version))
            {
                writer.WriteInteger(Version3);
            }

            WriteSerialNumber(writer);
            WriteAlgorithm(writer, algorithm);
            writer.WriteEncodedValue(issuer.RawData);
            using (writer.PushSequence())
            {
                WriteTime(writer, notBefore);
                WriteTime(writer, notAfter);
            }

            writer.WriteEncodedValue(draft.Subject.RawData);
            writer.WriteEncodedValue(draft.Key.ExportSubjectPublicKeyInfo());
            using (writer.PushSequence(s_extensions))
            using (writer.PushSequence())
            {
                WriteExtensions(writer, draft.Extensions);
            }
        }
    }

    private static void WriteSerialNumber(AsnWriter writer)
    {
        Span<byte> number = stackalloc byte[SerialNumberSize];
        do
        {
            RandomNumberGenerator.Fill(number);
        }
        while (number[0] == 0);

        writer.WriteIntegerUnsigned(number);
    }

    private static void WriteExtensions(AsnWriter writer, IReadOnlyList<X509Extension> extensions)
    {
        for (int i = 0; i < extensions.Count; i++)
        {
            X509Extension extension = extensions[i];
            string id = extension.Oid!.Value!;
            if (extensions.Take(i).Any(e => e.Oid!.Value == id))
            {
                throw new CryptographicException($"The extension {id} occurs twice, which a certificate does not allow.");
            }

            using (writer.PushSequence())
            {
                writer.WriteObjectIdentifier(id);
                if (extension.Critical)
                {
                    writer.WriteBoolean(true);
                }

                writer.WriteOctetString(extension.RawData);
            }
        }
    }

    private static void WriteTime(AsnWriter writer, DateTimeOffset time)
    {
        if (time.UtcDateTime.Year < FirstYearOfGeneralizedTime)
        {
            writer.WriteUtcTime(time, FirstYearOfGeneralizedTime - 1);
        }
        else
        {
            writer.WriteGeneralizedTime(time, omitFractionalSeconds: true);
        }
    }

    private static void WriteAlgorithm(AsnWriter writer, string algorithm)
    {
        using (writer.PushSequence())
        {
            writer.WriteObjectIdentifier(algorithm);
        }
    }

    /// <summary>ECDSA with a hash (RFC 5758, 3.2).</summary>
    private static string AlgorithmOf(HashAlgorithmName hash) =>
        hash == HashAlgorithmName.SHA256 ? "1.2.840.10045.4.3.2"
        : hash == HashAlgorithmName.SHA384 ? "1.2.840.10045.4.3.3"
        : hash == HashAlgorithmName.SHA512 ? "1.2.840.10045.4.3.4"
        : throw new ArgumentException($"The Coordinator does not sign with {hash.Name}.", nameof(hash));
}
