namespace MarbleRun.Coordinator.Authority;

/// <summary>Who a Marble is, as its certificate says.</summary>
/// <param name="MarbleType">The type.</param>
/// <param name="Uuid">The instance.</param>
internal sealed record MarbleIdentityClaim(string MarbleType, Guid Uuid);
