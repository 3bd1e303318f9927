namespace MarbleRun.Coordinator.Manifests;

/// <summary>One entry that an update adds, removes or changes.</summary>
/// <param name="Section">The section of the manifest.</param>
/// <param name="Name">The entry.</param>
/// <param name="Change"><c>added</c>, <c>removed</c> or <c>changed</c>.</param>
/// <param name="Detail">What changes, where one text says it; or null.</param>
internal sealed record ManifestChange(string Section, string Name, string Change, string? Detail = null);
