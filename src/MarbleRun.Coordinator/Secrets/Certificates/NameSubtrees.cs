using System.Collections.Immutable;

namespace MarbleRun.Coordinator.Secrets.Certificates;

/// <summary>Subtrees that name constraints permit or exclude.</summary>
internal sealed record NameSubtrees
{
    public ImmutableArray<string> DnsDomains { get; init; } = [];

    /// <summary>Address and mask, one after the other: 8 or 32 bytes.</summary>
    public ImmutableArray<byte[]> AddressRanges { get; init; } = [];

    public ImmutableArray<string> EmailAddresses { get; init; } = [];

    public ImmutableArray<string> UriDomains { get; init; } = [];

    public bool IsEmpty => DnsDomains.IsEmpty && AddressRanges.IsEmpty && EmailAddresses.IsEmpty && UriDomains.IsEmpty;
}
