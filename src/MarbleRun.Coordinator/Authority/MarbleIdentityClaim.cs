namespace MarbleRun.Coordinator.Authority;

/// <summary>The identity of a Marble according to its certificate.</summary>
/// <param name="MarbleType">The type.</param>
/// <param name="Uuid">The instance.</param>
internal sealed record MarbleIdentityClaim(string MarbleType, Guid Uuid);
