namespace MarbleRun.Management.Updates;

/// <summary>An entry of the manifest that an update would add, remove or change.</summary>
public sealed class UpdateChange
{
    /// <summary>The section of the manifest, for instance <c>Packages</c>.</summary>
    public required string Section { get; init; }

    /// <summary>The entry.</summary>
    public required string Name { get; init; }

    /// <summary><c>added</c>, <c>removed</c> or <c>changed</c>.</summary>
    public required string Change { get; init; }

    /// <summary>A description of the change, or null.</summary>
    public string? Detail { get; init; }

    /// <summary>Returns the change on one line.</summary>
    public override string ToString() => Detail is null ? $"{Section}.{Name} {Change}" : $"{Section}.{Name} {Change}: {Detail}";
}
