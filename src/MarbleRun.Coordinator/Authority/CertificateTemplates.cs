using System.Formats.Asn1;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using MarbleRun.Identity;

namespace MarbleRun.Coordinator.Authority;

/// <summary>The content of each kind of certificate before it is signed: names, usages and extensions, in their order in the
/// certificate.</summary>
internal static class CertificateTemplates
{
    public const string RootName = "MarbleRun Coordinator";
    public const string IntermediateName = "MarbleRun Coordinator - Intermediate CA";

    /// <summary>Contains the Marble's type: raw UTF-8 in the extension's value, without an ASN.1 type.</summary>
    public const string MarbleTypeOid = MarblePeer.TypeOid;

    private static readonly OidCollection s_usages = [new Oid("1.3.6.1.5.5.7.3.1"), new Oid("1.3.6.1.5.5.7.3.2")];

    /// <summary>A certificate authority; <paramref name="issuerKeyIdentifier"/> only if another key signs.</summary>
    public static CertificateRequest ForAuthority(
        string commonName, ECDsa key, CertificateNames names, ReadOnlyMemory<byte>? issuerKeyIdentifier)
    {
        var request = new CertificateRequest(Name(commonName), key, HashFor(key));
        request.CertificateExtensions.Add(
            new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature | X509KeyUsageFlags.KeyCertSign, critical: true));
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension(s_usages, critical: false));
        request.CertificateExtensions.Add(X509BasicConstraintsExtension.CreateForCertificateAuthority());
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(KeyIdentifier(request.PublicKey), critical: false));
        if (issuerKeyIdentifier is { } identifier)
        {
            request.CertificateExtensions.Add(X509AuthorityKeyIdentifierExtension.CreateFromSubjectKeyIdentifier(identifier.Span));
        }

        AddNames(request, names);
        return request;
    }

    /// <summary>A Marble's leaf. The subject is only the UUID: a requested subject proves nothing.</summary>
    public static CertificateRequest ForMarble(
        Guid uuid, string marbleType, ECDsa key, CertificateNames names, ReadOnlyMemory<byte> issuerKeyIdentifier)
    {
        var request = new CertificateRequest(Name(uuid.ToString("D")), key, HashFor(key));
        request.CertificateExtensions.Add(
            new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature | X509KeyUsageFlags.KeyAgreement, critical: true));
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension(s_usages, critical: false));
        request.CertificateExtensions.Add(X509BasicConstraintsExtension.CreateForEndEntity(critical: true));
        request.CertificateExtensions.Add(X509AuthorityKeyIdentifierExtension.CreateFromSubjectKeyIdentifier(issuerKeyIdentifier.Span));
        AddNames(request, names);
        request.CertificateExtensions.Add(new X509Extension(MarbleTypeOid, Encoding.UTF8.GetBytes(marbleType), critical: false));
        return request;
    }

    /// <summary>The leftmost 20 bytes of SHA-256 over the public key's bits (RFC 7093, method 1).</summary>
    public static byte[] KeyIdentifier(PublicKey key) => SHA256.HashData(key.EncodedKeyValue.RawData)[..20];

    /// <summary>The hash that belongs to a key's curve.</summary>
    public static HashAlgorithmName HashFor(ECDsa key) => key.KeySize switch
    {
        256 => HashAlgorithmName.SHA256,
        384 => HashAlgorithmName.SHA384,
        _ => throw new ArgumentException($"The Coordinator signs with P-256 or P-384, not with a key of {key.KeySize} bits.", nameof(key)),
    };

    private static void AddNames(CertificateRequest request, CertificateNames names)
    {
        if (names.ToExtension() is { } extension)
        {
            request.CertificateExtensions.Add(extension);
        }
    }

    /// <summary>One common name as PrintableString, which every implementation compares byte by byte.</summary>
    private static X500DistinguishedName Name(string commonName)
    {
        var writer = new AsnWriter(AsnEncodingRules.DER);
        using (writer.PushSequence())
        using (writer.PushSetOf())
        using (writer.PushSequence())
        {
            writer.WriteObjectIdentifier("2.5.4.3");
            writer.WriteCharacterString(UniversalTagNumber.PrintableString, commonName);
        }

        return new X500DistinguishedName(writer.Encode());
    }
}
