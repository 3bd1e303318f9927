namespace MarbleRun.Manifests.Reading;

/// <summary>A member of a structure.</summary>
/// <param name="Name">The name, as manifests usually spell it.</param>
/// <param name="Form">What it holds.</param>
internal record Member(string Name, Form Form)
{
    /// <summary>For a member that has no effect: what to do instead. Otherwise null.</summary>
    public string? Advice { get; init; }
}

/// <summary>A member of a structure, and how it is applied.</summary>
/// <param name="Name">The name, as manifests usually spell it.</param>
/// <param name="Form">What it holds.</param>
/// <param name="Apply">Reads the value onto what was read of the structure so far.</param>
internal sealed record Member<T>(string Name, Form Form, ValueReader<T> Apply) : Member(Name, Form);
