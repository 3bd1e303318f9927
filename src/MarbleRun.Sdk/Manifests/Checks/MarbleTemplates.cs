using MarbleRun.Manifests.Templates;

namespace MarbleRun.Manifests.Checks;

/// <summary>What of a Marble's parameters could be parsed.</summary>
/// <param name="Type">The Marble's name.</param>
/// <param name="Values">Files and variables, in the order of the text.</param>
/// <param name="Tls">Null if one of its tags is missing.</param>
internal sealed record MarbleTemplates(string Type, IReadOnlyList<MarbleTemplates.Value> Values, TlsPolicy? Tls)
{
    /// <summary>The secrets that they name.</summary>
    public required TemplateReferences References { get; init; }

    /// <summary>One file or variable.</summary>
    internal sealed record Value(string Path, TemplateTarget Target, PlannedValue Planned);
}
