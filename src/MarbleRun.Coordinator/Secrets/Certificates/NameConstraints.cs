namespace MarbleRun.Coordinator.Secrets.Certificates;

/// <summary>Name constraints of a template (RFC 5280, 4.2.1.10).</summary>
internal sealed record NameConstraints
{
    public bool IsCritical { get; init; }

    public NameSubtrees Permitted { get; init; } = new();

    public NameSubtrees Excluded { get; init; } = new();

    public bool IsEmpty => Permitted.IsEmpty && Excluded.IsEmpty;
}
