namespace MarbleRun.Coordinator.Kubernetes.Api;

/// <summary>Some of the endpoints of a service: <c>discovery.k8s.io/v1 EndpointSlice</c>.</summary>
internal sealed record EndpointSlice
{
    /// <summary><c>IPv4</c>, <c>IPv6</c> or <c>FQDN</c>.</summary>
    public string AddressType { get; set; } = string.Empty;

    public IReadOnlyList<Endpoint>? Endpoints { get; set; }

    public IReadOnlyList<EndpointPort>? Ports { get; set; }
}

/// <summary>A pod, or something else that has an address.</summary>
internal sealed record Endpoint
{
    /// <summary>All of them lead to the same; consumers use the first.</summary>
    public IReadOnlyList<string>? Addresses { get; set; }

    public EndpointConditions? Conditions { get; set; }
}

/// <summary>What is not said counts as true for the first two, and as false for the last.</summary>
internal sealed record EndpointConditions
{
    public bool? Ready { get; set; }

    public bool? Serving { get; set; }

    public bool? Terminating { get; set; }
}

/// <summary>A port of all endpoints of a slice.</summary>
internal sealed record EndpointPort
{
    public string? Name { get; set; }

    public int? Port { get; set; }
}

/// <summary>A page of a list of slices.</summary>
internal sealed record EndpointSliceList
{
    public ListMeta? Metadata { get; set; }

    public IReadOnlyList<EndpointSlice>? Items { get; set; }
}
