using System.Diagnostics.CodeAnalysis;
using System.Formats.Asn1;
using MarbleRun.Attestation.Checks;

namespace MarbleRun.Attestation.X509;

/// <summary>An X.509 v3 certificate, DER (RFC 5280, 4.1). Reading it checks its form and nothing else.</summary>
internal sealed class Certificate
{
    private readonly SignedObject _outer;

    private Certificate(ReadOnlyMemory<byte> der, CertificateProfile profile)
    {
        DerReader.Require(
            der.Length <= EvidenceLimits.MostCertificateBytes,
            $"The certificate has more than {EvidenceLimits.MostCertificateBytes} bytes.");
        Der = der;
        _outer = SignedObject.Read(der, profile);
        AsnReader body = new AsnReader(_outer.Signed, AsnEncodingRules.DER).ReadSequence();
        AsnReader version = body.ReadSequence(new Asn1Tag(TagClass.ContextSpecific, 0, isConstructed: true));
        DerReader.Require(version.TryReadInt32(out int number) && number == 2 && !version.HasData, "The version is not 3.");
        SerialNumber = DerReader.ReadSerialNumber(body);
        _outer.ReadSameAlgorithm(body);
        Issuer = DerReader.ReadName(body);
        AsnReader validity = body.ReadSequence();
        NotBefore = DerReader.ReadTime(validity);
        NotAfter = DerReader.ReadTime(validity);
        validity.ThrowIfNotEmpty();
        Subject = DerReader.ReadName(body);
        PublicKey = profile.ReadKey(body.ReadEncodedValue());
        AsnReader extensions = body.ReadSequence(new Asn1Tag(TagClass.ContextSpecific, 3, isConstructed: true));
        body.ThrowIfNotEmpty();
        Extensions = CertificateExtensions.Read(extensions, profile);
    }

    /// <summary>The whole certificate.</summary>
    public ReadOnlyMemory<byte> Der { get; }

    /// <summary>The part that is signed.</summary>
    public ReadOnlyMemory<byte> Signed => _outer.Signed;

    /// <summary>The signature, as the profile reads it.</summary>
    public ReadOnlyMemory<byte> Signature => _outer.Signature;

    /// <summary>The content of the INTEGER.</summary>
    public ReadOnlyMemory<byte> SerialNumber { get; }

    public ReadOnlyMemory<byte> Issuer { get; }

    public ReadOnlyMemory<byte> Subject { get; }

    public DateTimeOffset NotBefore { get; }

    public DateTimeOffset NotAfter { get; }

    /// <summary>The key, as the profile reads it: x then y, or the modulus.</summary>
    public ReadOnlyMemory<byte> PublicKey { get; }

    public CertificateExtensions Extensions { get; }

    public string SubjectText => DerName.CommonName(Subject);

    public string IssuerText => DerName.CommonName(Issuer);

    /// <summary>Reads a certificate of a vendor.</summary>
    public static bool TryParse(
        ReadOnlyMemory<byte> der,
        CertificateProfile profile,
        [NotNullWhen(true)] out Certificate? certificate,
        [NotNullWhen(false)] out string? fault) =>
        DerReader.TryRead(() => new Certificate(der, profile), out certificate, out fault);

    /// <summary>Whether the certificate's signature is by this key.</summary>
    public bool IsSignedBy(ReadOnlyMemory<byte> publicKey) => _outer.IsSignedBy(publicKey);
}
