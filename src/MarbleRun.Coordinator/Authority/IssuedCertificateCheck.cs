using System.Security.Cryptography;
using System.Text;
using MarbleRun.Identity;
using MarbleRun.Primitives;

namespace MarbleRun.Coordinator.Authority;

/// <summary>Checks a new certificate before it is sent, so that an error in a template cannot result in a wrong certificate.</summary>
internal static class IssuedCertificateCheck
{
    /// <summary>BasicConstraints without members: not an authority.</summary>
    private static ReadOnlySpan<byte> EndEntity => [0x30, 0x00];

    /// <summary>A BIT STRING with digitalSignature and keyAgreement.</summary>
    private static ReadOnlySpan<byte> MarbleUsage => [0x03, 0x02, 0x03, 0x88];

    /// <summary>A SEQUENCE of serverAuth and clientAuth.</summary>
    private static ReadOnlySpan<byte> MarblePurposes =>
        [0x30, 0x14, 0x06, 0x08, 0x2B, 6, 1, 5, 5, 7, 3, 1, 0x06, 0x08, 0x2B, 6, 1, 5, 5, 7, 3, 2];

    /// <summary>The DER before the 36 characters of a name that has one common name, a PrintableString.</summary>
    private static ReadOnlySpan<byte> CommonName => [0x30, 0x2F, 0x31, 0x2D, 0x30, 0x2B, 0x06, 0x03, 0x55, 0x04, 0x03, 0x13, 0x24];

    /// <summary>What holds for every certificate under the Marble root.</summary>
    /// <exception cref="CryptographicException">It does not hold.</exception>
    public static void ThrowIfWrong(IssuedCertificate certificate, MeshAuthority authority, CertificateDraft draft)
    {
        ThrowUnless(certificate.Issuer.Span.SequenceEqual(authority.MarbleRoot.SubjectName.RawData), "its issuer is not the Marble root");
        ThrowUnless(certificate.PublicKey.Span.SequenceEqual(draft.Key.ExportSubjectPublicKeyInfo()), "its key is another one");
        ThrowUnless(
            certificate.NotAfter <= authority.MarbleRootEnd && certificate.NotBefore >= authority.MarbleRootBegin,
            "its validity is not within its issuer's");
    }

    /// <summary>What holds for a Marble.</summary>
    /// <exception cref="CryptographicException">It does not hold.</exception>
    public static void ThrowIfNoMarble(IssuedCertificate leaf, MarbleSubject marble)
    {
        ThrowUnless(leaf.Has(Oids.BasicConstraints, isCritical: true, EndEntity), "it is a certificate authority");
        ThrowUnless(
            leaf.Has(Oids.KeyUsage, isCritical: true, MarbleUsage), "its key usage is not digitalSignature and keyAgreement");
        ThrowUnless(
            leaf.Has(Oids.ExtendedKeyUsage, isCritical: false, MarblePurposes), "its extended key usage is not serverAuth and clientAuth");
        ThrowUnless(IsNameOf(marble.Uuid, leaf.Subject.Span), "its subject is not the UUID");
        ThrowUnless(
            leaf.Has(MarblePeer.TypeOid, isCritical: false, Encoding.UTF8.GetBytes(marble.MarbleType)), "its Marble type is missing");
        ThrowUnless(
            marble.SpiffeId is { } id ? leaf.ReadUris().SequenceEqual([id]) : !leaf.ReadUris().Any(), "its URI name is missing");
        ThrowUnless(
            marble.Code is { } code
                ? leaf.Has(MarblePeer.CodeOid, isCritical: false, code.ToExtension().RawData)
                : !leaf.Has(MarblePeer.CodeOid),
            "its measurement is missing");
    }

    /// <summary>The certificate of a secret must not identify a Marble.</summary>
    /// <exception cref="CryptographicException">It contains a Marble type.</exception>
    public static void ThrowIfMarble(IssuedCertificate certificate) =>
        ThrowUnless(!certificate.Has(MarblePeer.TypeOid), "it contains a Marble type");

    private static bool IsNameOf(Guid uuid, ReadOnlySpan<byte> subject)
    {
        Span<byte> text = stackalloc byte[36];
        uuid.TryFormat(text, out _, "D");
        return subject.StartsWith(CommonName) && subject[CommonName.Length..].SequenceEqual(text);
    }

    private static void ThrowUnless(bool holds, string fault)
    {
        if (!holds)
        {
            throw new CryptographicException($"The certificate that the Coordinator issued is wrong and was discarded: {fault}.");
        }
    }
}
