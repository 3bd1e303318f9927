using System.Collections.Immutable;

namespace MarbleRun.Manifests.Certificates;

/// <summary>
/// A certificate's template as it is written: types are checked, values are not. Null and empty mean that a value is not specified.
/// </summary>
internal sealed record CertificateParts
{
    public SubjectParts Subject { get; init; } = new();

    public ReadOnlyMemory<byte> RawSubject { get; init; }

    public ImmutableArray<string>? DnsNames { get; init; }

    public ImmutableArray<string>? IpAddresses { get; init; }

    public ImmutableArray<string>? EmailAddresses { get; init; }

    public ImmutableArray<UriParts>? Uris { get; init; }

    public long? KeyUsage { get; init; }

    public ImmutableArray<long?>? ExtKeyUsage { get; init; }

    public ImmutableArray<ImmutableArray<long?>> UnknownExtKeyUsage { get; init; } = [];

    public DateTimeOffset? NotAfter { get; init; }

    public bool IsCa { get; init; }

    public long? MaxPathLen { get; init; }

    public bool MaxPathLenZero { get; init; }

    public ReadOnlyMemory<byte> SubjectKeyId { get; init; }

    public long? SignatureAlgorithm { get; init; }

    public ImmutableArray<string> OcspServer { get; init; } = [];

    public ImmutableArray<string> IssuingCertificateUrl { get; init; } = [];

    public ImmutableArray<string> CrlDistributionPoints { get; init; } = [];

    public ImmutableArray<string> Policies { get; init; } = [];

    public bool PermittedDnsDomainsCritical { get; init; }

    public NameSubtrees Permitted { get; init; } = new();

    public NameSubtrees Excluded { get; init; } = new();

    public ImmutableArray<ExtensionParts> ExtraExtensions { get; init; } = [];
}

/// <summary>The parts of a subject.</summary>
internal sealed record SubjectParts
{
    /// <summary>Object identifier → values; no attribute occurs twice.</summary>
    public ImmutableDictionary<string, ImmutableArray<string>> Attributes { get; init; } =
        ImmutableDictionary<string, ImmutableArray<string>>.Empty;

    /// <summary>Further attributes, each in a separate relative name; one with a standard identifier replaces that attribute.</summary>
    public ImmutableArray<AttributeParts> ExtraNames { get; init; } = [];
}

/// <summary>An attribute of a subject.</summary>
internal sealed record AttributeParts
{
    public ImmutableArray<long?> Type { get; init; } = [];

    /// <summary>Null if it is not a text.</summary>
    public string? Value { get; init; }
}

/// <summary>The parts of a URI.</summary>
internal sealed record UriParts
{
    public string Scheme { get; init; } = string.Empty;

    public string Opaque { get; init; } = string.Empty;

    public string Host { get; init; } = string.Empty;

    public string Path { get; init; } = string.Empty;

    public string RawQuery { get; init; } = string.Empty;

    public string Fragment { get; init; } = string.Empty;
}

/// <summary>Subtrees that name constraints permit or exclude (RFC 5280, 4.2.1.10).</summary>
internal sealed record NameSubtrees
{
    public ImmutableArray<string> DnsDomains { get; init; } = [];

    public ImmutableArray<NetworkParts> IpRanges { get; init; } = [];

    public ImmutableArray<string> EmailAddresses { get; init; } = [];

    public ImmutableArray<string> UriDomains { get; init; } = [];

    public bool IsEmpty => DnsDomains.IsEmpty && IpRanges.IsEmpty && EmailAddresses.IsEmpty && UriDomains.IsEmpty;
}

/// <summary>A network.</summary>
internal sealed record NetworkParts
{
    public string Ip { get; init; } = string.Empty;

    public ReadOnlyMemory<byte> Mask { get; init; }
}

/// <summary>A complete extension.</summary>
internal sealed record ExtensionParts
{
    public ImmutableArray<long?> Id { get; init; } = [];

    public bool Critical { get; init; }

    /// <summary>The content of the extension's OCTET STRING.</summary>
    public ReadOnlyMemory<byte> Value { get; init; }
}
