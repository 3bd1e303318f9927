namespace MarbleRun.Manifests.Certificates;

/// <summary>Object identifiers of the extensions that templates can contain (RFC 5280, 4.2), and of Marbles.</summary>
internal static class ExtensionOids
{
    public const string KeyUsage = "2.5.29.15";
    public const string AlternativeNames = "2.5.29.17";
    public const string BasicConstraints = "2.5.29.19";
    public const string NameConstraints = "2.5.29.30";
    public const string RevocationLists = "2.5.29.31";
    public const string Policies = "2.5.29.32";
    public const string ExtendedKeyUsage = "2.5.29.37";
    public const string AuthorityInformation = "1.3.6.1.5.5.7.1.1";

    /// <summary>Contains a Marble's type. Only an activation determines which Marble a certificate belongs to.</summary>
    public const string MarbleType = "1.3.9903.2.1";

    /// <summary>The extensions that a template can contain.</summary>
    public static IReadOnlyList<string> All { get; } =
        [KeyUsage, ExtendedKeyUsage, BasicConstraints, AuthorityInformation, AlternativeNames, Policies, NameConstraints, RevocationLists];
}
