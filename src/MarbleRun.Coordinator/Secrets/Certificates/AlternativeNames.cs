using System.Collections.Immutable;
using System.Net;

namespace MarbleRun.Coordinator.Secrets.Certificates;

/// <summary>The subject alternative names of a template, in the order in which they are encoded.</summary>
internal sealed record AlternativeNames
{
    public static AlternativeNames Default { get; } = new();

    public ImmutableArray<string> DnsNames { get; init; } = ["localhost"];

    public ImmutableArray<string> EmailAddresses { get; init; } = [];

    public ImmutableArray<IPAddress> Addresses { get; init; } = [IPAddress.Loopback, IPAddress.IPv6Loopback];

    public ImmutableArray<string> Uris { get; init; } = [];

    public bool IsEmpty => DnsNames.IsEmpty && EmailAddresses.IsEmpty && Addresses.IsEmpty && Uris.IsEmpty;
}
