using System.ComponentModel.DataAnnotations;
using MarbleRun.Manifests.Signatures;

namespace MarbleRun;

/// <summary>
/// The host's requirements for the Coordinator, in addition to <see cref="MarbleOptions.CoordinatorTrust"/>: configuration section
/// <c>Marble:CoordinatorRequirements</c>. They cannot admit a Coordinator that would be refused otherwise.
/// </summary>
public sealed class CoordinatorRequirements
{
    /// <summary>
    /// SHA-256 of root certificates, 64 hex digits each. The Coordinator must have one of them, in addition to the requirements of the
    /// measured trust. A list, or one value with commas. Empty by default: no further requirement.
    /// </summary>
    public IList<string> Roots { get; set; } = [];

    /// <summary>
    /// SHA-256 of owners' public keys (SubjectPublicKeyInfo, DER), 64 hex digits each. One of them must have signed the manifest in force;
    /// if the measured trust names keys, it must be one of those as well. Needs a Coordinator that attests itself. A list, or one value
    /// with commas. Empty by default.
    /// </summary>
    public IList<string> OwnerKeys { get; set; } = [];

    /// <summary>
    /// The lowest accepted sequence number of an owner's signature, if the measured trust does not require a higher one: from 0, the
    /// default, to <see cref="ManifestSignature.MaxSequence"/>.
    /// </summary>
    [Range(0d, (double)ManifestSignature.MaxSequence)]
    public long MinimumSequence { get; set; }

    /// <summary>True to refuse simulated evidence, even if the measured trust allows it. The default is false.</summary>
    public bool ForbidSimulation { get; set; }

    /// <summary>
    /// True to refuse Coordinators that prove themselves as those of MarbleRun 1.9, even if the measured trust allows it. The default is
    /// false.
    /// </summary>
    public bool ForbidMarbleRun19 { get; set; }
}
