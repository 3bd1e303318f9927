using MarbleRun.Primitives;

namespace MarbleRun.Manifests.Certificates;

/// <summary>Object identifiers of the extensions that templates can contain (RFC 5280, 4.2), and of Marbles.</summary>
internal static class ExtensionOids
{
    public const string KeyUsage = Oids.KeyUsage;
    public const string AlternativeNames = Oids.AlternativeNames;
    public const string BasicConstraints = Oids.BasicConstraints;
    public const string NameConstraints = Oids.NameConstraints;
    public const string RevocationLists = Oids.DistributionPoints;
    public const string Policies = Oids.CertificatePolicies;
    public const string ExtendedKeyUsage = Oids.ExtendedKeyUsage;
    public const string AuthorityInformation = Oids.AuthorityInformation;

    /// <summary>Contains a Marble's type. Only an activation determines the Marble of a certificate.</summary>
    public const string MarbleType = "1.3.9903.2.1";

    /// <summary>The extensions that a template can contain.</summary>
    public static IReadOnlyList<string> All { get; } =
        [KeyUsage, ExtendedKeyUsage, BasicConstraints, AuthorityInformation, AlternativeNames, Policies, NameConstraints, RevocationLists];
}
