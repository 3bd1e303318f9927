namespace MarbleRun.Activation;

/// <summary>
/// What the host asks of the Coordinator besides <see cref="MarbleOptions.CoordinatorTrust"/>: configuration section
/// <c>Marble:CoordinatorRequirements</c>. Nothing here can let in a Coordinator that would be refused otherwise.
/// </summary>
public sealed class CoordinatorRequirements
{
    /// <summary>
    /// SHA-256 of root certificates, 64 hex digits each, of which the Coordinator must have one, besides all that the measured trust asks for. A list, or
    /// one value with commas. Empty by default: no further requirement.
    /// </summary>
    public IList<string> Roots { get; set; } = [];
}
