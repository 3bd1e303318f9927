namespace MarbleRun.Manifests.Reading;

/// <summary>A member of a structure.</summary>
/// <param name="Name">The usual spelling of the name.</param>
/// <param name="Form">The form of its value.</param>
internal record Member(string Name, Form Form)
{
    /// <summary>For a member without effect: what to do instead. Otherwise null.</summary>
    public string? Advice { get; init; }
}

/// <summary>A member of a structure, and how it is applied.</summary>
/// <param name="Name">The usual spelling of the name.</param>
/// <param name="Form">The form of its value.</param>
/// <param name="Apply">Reads the value into the structure.</param>
internal sealed record Member<T>(string Name, Form Form, ValueReader<T> Apply) : Member(Name, Form);
