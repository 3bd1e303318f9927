namespace MarbleRun.Primitives;

/// <summary>Object identifiers that more than one type uses.</summary>
/// <remarks>Attestation, SDK, Coordinator and CLI compile this folder: it is not part of the public surface.</remarks>
internal static class Oids
{
    // Attributes of names (RFC 5280, A.1).
    public const string CommonName = "2.5.4.3";

    // Extensions of certificates and revocation lists (RFC 5280, 4.2 and 5.2).
    public const string SubjectKeyIdentifier = "2.5.29.14";
    public const string KeyUsage = "2.5.29.15";
    public const string AlternativeNames = "2.5.29.17";
    public const string BasicConstraints = "2.5.29.19";
    public const string RevocationListNumber = "2.5.29.20";
    public const string NameConstraints = "2.5.29.30";
    public const string DistributionPoints = "2.5.29.31";
    public const string CertificatePolicies = "2.5.29.32";
    public const string AuthorityKeyIdentifier = "2.5.29.35";
    public const string ExtendedKeyUsage = "2.5.29.37";
    public const string AuthorityInformation = "1.3.6.1.5.5.7.1.1";

    // Extended key usages (RFC 5280, 4.2.1.12).
    public const string ServerAuthentication = "1.3.6.1.5.5.7.3.1";
    public const string ClientAuthentication = "1.3.6.1.5.5.7.3.2";

    // Keys and curves (RFC 8017, RFC 5480, RFC 8410).
    public const string Rsa = "1.2.840.113549.1.1.1";
    public const string RsaPss = "1.2.840.113549.1.1.10";
    public const string Ec = "1.2.840.10045.2.1";
    public const string Ed25519 = "1.3.101.112";
    public const string P256 = "1.2.840.10045.3.1.7";
    public const string P384 = "1.3.132.0.34";
    public const string P521 = "1.3.132.0.35";

    // Hashes (RFC 5754, 2).
    public const string Sha256 = "2.16.840.1.101.3.4.2.1";
    public const string Sha384 = "2.16.840.1.101.3.4.2.2";

    // Measurements of code (TCG DICE Attestation Architecture 1.1, 6.1.1).
    public const string DiceTcbInfo = "2.23.133.5.4.1";
}
