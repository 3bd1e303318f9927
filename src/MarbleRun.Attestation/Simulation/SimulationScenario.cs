using System.Collections.Immutable;
using MarbleRun.Attestation.Claims;

namespace MarbleRun.Attestation.Simulation;

/// <summary>
/// The content of a simulation's collateral, to test the handling of bad platforms. By default, the platform is up to date.
/// </summary>
public sealed record SimulationScenario
{
    /// <summary>
    /// The status of the level that the platform reaches: UpToDate, SWHardeningNeeded, ConfigurationNeeded,
    /// ConfigurationAndSWHardeningNeeded, OutOfDate, OutOfDateConfigurationNeeded or Revoked. If it is not UpToDate, there is a higher
    /// level that is.
    /// </summary>
    public TcbStatus PlatformTcb { get; init; } = TcbStatus.UpToDate;

    /// <summary>The status of the quoting enclave's level: UpToDate, OutOfDate or Revoked.</summary>
    public TcbStatus QeTcb { get; init; } = TcbStatus.UpToDate;

    /// <summary>The advisories of the platform's level.</summary>
    public ImmutableArray<string> Advisories { get; init; } = [];

    /// <summary>Intel's count of TCB recoveries (<c>tcbEvaluationDataNumber</c>) in TCB info and QE identity.</summary>
    public int TcbEvaluationDataNumber { get; init; } = 1;

    /// <summary>Whether the platform's PCK certificate is on the PCK CA's list.</summary>
    public bool IsPckRevoked { get; init; }

    /// <summary>Whether documents and lists ended yesterday.</summary>
    public bool IsExpired { get; init; }

    /// <summary>Whether the QE identity is of another enclave than the one that signs the quotes.</summary>
    public bool IsOtherQe { get; init; }
}
