using System.Collections.Immutable;

namespace MarbleRun.Coordinator.Secrets.Certificates;

/// <summary>
/// What the manifest says about a certificate (<c>Secrets.x.Cert</c>), with the defaults of MarbleRun 1.9. Everything else in it has no effect.
/// </summary>
internal sealed record CertificateTemplate
{
    /// <summary>digitalSignature: the default of certificates that are no authorities.</summary>
    private const int LeafUsage = 1;

    /// <summary>digitalSignature and keyCertSign: the default of authorities.</summary>
    private const int AuthorityUsage = 33;

    public static CertificateTemplate Default { get; } = new();

    public SubjectTemplate Subject { get; init; } = new();

    /// <summary>A whole name, DER; replaces <see cref="Subject"/> unless empty.</summary>
    public ReadOnlyMemory<byte> RawSubject { get; init; }

    /// <summary>The names and addresses that the certificate is for.</summary>
    public AlternativeNames Names { get; init; } = AlternativeNames.Default;

    /// <summary>Bit i is the named bit i of KeyUsage (RFC 5280, 4.2.1.3); 0 if not given.</summary>
    public int KeyUsage { get; init; }

    /// <summary>Object identifiers, in order; serverAuth and clientAuth if not given.</summary>
    public ImmutableArray<string> ExtendedKeyUsages { get; init; } = [ExtendedKeyUsage.ServerAuthentication, ExtendedKeyUsage.ClientAuthentication];

    /// <summary>The end of validity, or null where <c>ValidFor</c> decides.</summary>
    public DateTimeOffset? NotAfter { get; init; }

    public bool IsAuthority { get; init; }

    /// <summary>How many authorities may stand below this one; null for any number.</summary>
    public int? PathLength { get; init; }

    /// <summary>Empty if not given.</summary>
    public ReadOnlyMemory<byte> SubjectKeyId { get; init; }

    /// <summary>The number of MarbleRun 1.9: 10, 11, 12 for ECDSA with SHA-256, SHA-384, SHA-512; 0 for what fits the issuer's curve.</summary>
    public int SignatureAlgorithm { get; init; }

    public ImmutableArray<string> OcspServers { get; init; } = [];

    public ImmutableArray<string> IssuerUrls { get; init; } = [];

    public ImmutableArray<string> RevocationListUrls { get; init; } = [];

    /// <summary>Object identifiers of policies.</summary>
    public ImmutableArray<string> Policies { get; init; } = [];

    public NameConstraints Constraints { get; init; } = new();

    /// <summary>Whole extensions; one with a standard identifier stands in place of the one that would be built.</summary>
    public ImmutableArray<ExtraExtension> ExtraExtensions { get; init; } = [];

    /// <summary>What goes into the certificate: as given, or the default. A default never lets a leaf sign certificates (RFC 5280, 4.2.1.3).</summary>
    public int EffectiveKeyUsage => KeyUsage != 0 ? KeyUsage : IsAuthority ? AuthorityUsage : LeafUsage;
}
