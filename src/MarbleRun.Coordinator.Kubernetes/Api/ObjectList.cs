namespace MarbleRun.Coordinator.Kubernetes.Api;

/// <summary>A page of a list.</summary>
internal sealed record ObjectList
{
    public ListMeta? Metadata { get; set; }

    public IReadOnlyList<Secret>? Items { get; set; }
}

/// <summary>The metadata of a list.</summary>
internal sealed record ListMeta
{
    /// <summary>The version at which the list was made; a watch can begin there.</summary>
    public string? ResourceVersion { get; set; }

    /// <summary>Empty on the last page.</summary>
    public string? Continue { get; set; }
}
