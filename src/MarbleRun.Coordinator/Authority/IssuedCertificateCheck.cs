using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using MarbleRun.Identity;

namespace MarbleRun.Coordinator.Authority;

/// <summary>Checks a new certificate before it is sent, so that an error in a template cannot result in a wrong certificate.</summary>
internal static class IssuedCertificateCheck
{
    /// <summary>What holds for every certificate under the Marble root.</summary>
    /// <exception cref="CryptographicException">It does not hold.</exception>
    public static void ThrowIfWrong(X509Certificate2 certificate, X509Certificate2 issuer, CertificateDraft draft)
    {
        ThrowUnless(
            certificate.IssuerName.RawData.AsSpan().SequenceEqual(issuer.SubjectName.RawData), "its issuer is not the Marble root");
        ThrowUnless(
            certificate.PublicKey.ExportSubjectPublicKeyInfo().AsSpan().SequenceEqual(draft.Key.ExportSubjectPublicKeyInfo()),
            "its key is another one");
        ThrowUnless(
            certificate.NotAfter <= issuer.NotAfter && certificate.NotBefore >= issuer.NotBefore,
            "its validity is not within its issuer's");
    }

    /// <summary>What holds for a Marble.</summary>
    /// <exception cref="CryptographicException">It does not hold.</exception>
    public static void ThrowIfNoMarble(X509Certificate2 leaf, MarbleSubject marble)
    {
        ThrowUnless(
            leaf.Extensions.OfType<X509BasicConstraintsExtension>().Single() is { CertificateAuthority: false, Critical: true },
            "it is a certificate authority");
        ThrowUnless(
            leaf.Extensions.OfType<X509KeyUsageExtension>().Single().KeyUsages
                == (X509KeyUsageFlags.DigitalSignature | X509KeyUsageFlags.KeyAgreement),
            "its key usage is not digitalSignature and keyAgreement");
        ThrowUnless(
            leaf.Extensions.OfType<X509EnhancedKeyUsageExtension>().Single().EnhancedKeyUsages.Count == 2,
            "its extended key usage is not serverAuth and clientAuth");
        ThrowUnless(leaf.Subject == $"CN={marble.Uuid:D}", "its subject is not the UUID");
        ThrowUnless(
            leaf.Extensions[MarblePeer.TypeOid]?.RawData.AsSpan().SequenceEqual(Encoding.UTF8.GetBytes(marble.MarbleType)) == true,
            "its Marble type is missing");
        ThrowUnless(
            MarblePeer.TryRead(leaf, out MarblePeer? peer)
                && peer.SpiffeId == marble.SpiffeId
                && peer.Measurement == Hex(marble.Code?.Measurement)
                && peer.Platform == Hex(marble.Code?.Platform),
            "its URI name or its measurement is missing");
    }

    /// <summary>The certificate of a secret must not identify a Marble.</summary>
    /// <exception cref="CryptographicException">It contains a Marble type.</exception>
    public static void ThrowIfMarble(X509Certificate2 certificate) =>
        ThrowUnless(certificate.Extensions[MarblePeer.TypeOid] is null, "it contains a Marble type");

    private static string? Hex(ReadOnlyMemory<byte>? bytes) =>
        bytes is { IsEmpty: false } value ? Convert.ToHexStringLower(value.Span) : null;

    private static void ThrowUnless(bool holds, string fault)
    {
        if (!holds)
        {
            throw new CryptographicException($"The certificate that the Coordinator issued is wrong and was discarded: {fault}.");
        }
    }
}
