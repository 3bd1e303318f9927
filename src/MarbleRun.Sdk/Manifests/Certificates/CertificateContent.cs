using System.Collections.Immutable;
using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace MarbleRun.Manifests.Certificates;

/// <summary>The content of a certificate: validated values, including defaults.</summary>
internal sealed record CertificateContent
{
    public required X500DistinguishedName Subject { get; init; }

    public required AlternativeNames Names { get; init; }

    /// <summary>Bit i is the named bit i of KeyUsage (RFC 5280, 4.2.1.3).</summary>
    public required int KeyUsage { get; init; }

    /// <summary>Object identifiers, in order.</summary>
    public required ImmutableArray<string> ExtendedKeyUsages { get; init; }

    public DateTimeOffset? NotAfter { get; init; }

    public HashAlgorithmName? SignatureHash { get; init; }

    public bool IsAuthority { get; init; }

    /// <summary>The number of authorities that may be below this one; null for any number.</summary>
    public int? PathLength { get; init; }

    /// <summary>Empty if it is computed from the key.</summary>
    public ReadOnlyMemory<byte> SubjectKeyId { get; init; }

    public ImmutableArray<string> OcspServers { get; init; } = [];

    public ImmutableArray<string> IssuerUrls { get; init; } = [];

    public ImmutableArray<string> RevocationListUrls { get; init; } = [];

    /// <summary>Object identifiers of policies.</summary>
    public ImmutableArray<string> Policies { get; init; } = [];

    public NameConstraints Constraints { get; init; } = new(false, new Subtrees([], [], [], []), new Subtrees([], [], [], []));

    /// <summary>Complete extensions; one with a standard identifier replaces the extension that would be generated.</summary>
    public ImmutableArray<X509Extension> ExtraExtensions { get; init; } = [];
}

/// <summary>The subject alternative names, in the order in which they are encoded.</summary>
internal sealed record AlternativeNames(
    ImmutableArray<string> DnsNames,
    ImmutableArray<string> EmailAddresses,
    ImmutableArray<IPAddress> Addresses,
    ImmutableArray<string> Uris)
{
    public bool IsEmpty => DnsNames.IsEmpty && EmailAddresses.IsEmpty && Addresses.IsEmpty && Uris.IsEmpty;
}

/// <summary>Name constraints (RFC 5280, 4.2.1.10).</summary>
internal sealed record NameConstraints(bool IsCritical, Subtrees Permitted, Subtrees Excluded)
{
    public bool IsEmpty => Permitted.IsEmpty && Excluded.IsEmpty;
}

/// <summary>Subtrees of name constraints. An address range is an address followed by a mask: 8 or 32 bytes.</summary>
internal sealed record Subtrees(
    ImmutableArray<string> DnsDomains,
    ImmutableArray<string> EmailAddresses,
    ImmutableArray<string> UriDomains,
    ImmutableArray<byte[]> AddressRanges)
{
    public bool IsEmpty => DnsDomains.IsEmpty && EmailAddresses.IsEmpty && UriDomains.IsEmpty && AddressRanges.IsEmpty;
}
