namespace MarbleRun.Manifests.Reading;

/// <summary>A member of a structure.</summary>
/// <param name="Name">The name, as manifests usually spell it.</param>
/// <param name="Form">What it holds.</param>
internal sealed record Member(string Name, Form Form)
{
    /// <summary>For a member that has no effect: what to do instead. Otherwise null.</summary>
    public string? Advice { get; init; }

    public static Member WithoutEffect(string name, Form form, string advice = "Remove it.") => new(name, form) { Advice = advice };
}
