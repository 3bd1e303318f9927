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

    /// <summary>
    /// SHA-256 of owners' public keys (SubjectPublicKeyInfo, DER), 64 hex digits each, of which one must have signed the manifest in force; where the
    /// measured trust names keys, it must be one of those as well. Needs a Coordinator that attests itself. A list, or one value with commas. Empty by
    /// default.
    /// </summary>
    public IList<string> OwnerKeys { get; set; } = [];

    /// <summary>The lowest sequence of an owner's signature that is taken, if the measured trust does not ask for a higher one. The default is 0.</summary>
    public long MinimumSequence { get; set; }

    /// <summary>True to refuse evidence of a simulation, even if the measured trust allows it. The default is false.</summary>
    public bool ForbidSimulation { get; set; }

    /// <summary>True to refuse Coordinators that prove themselves as those of MarbleRun 1.9 do, even if the measured trust allows it. The default is false.</summary>
    public bool ForbidMarbleRun19 { get; set; }
}
