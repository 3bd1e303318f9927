using MarbleRun.Attestation;
using MarbleRun.Cli.Collateral;
using MarbleRun.Cli.Coordinators;

namespace MarbleRun.Cli.Doctor;

/// <summary>What the user named.</summary>
internal sealed record DoctorOptions
{
    /// <summary>The Coordinator's client address, host:port; null for none.</summary>
    public string? Address { get; init; }

    /// <summary>Verifies the Coordinator as every command does; null without an address.</summary>
    public Func<Task<AttestedCoordinator>>? Attest { get; init; }

    /// <summary>The Coordinator's metrics port, http://host:port; null for none.</summary>
    public Uri? Metrics { get; init; }

    /// <summary>A folder whose disk is measured, by a temporary file; null for none.</summary>
    public string? Folder { get; init; }

    /// <summary>The entry assembly of an app, whose embedded trust is looked at; null for none.</summary>
    public string? App { get; init; }

    /// <summary>The source of collateral; null for none.</summary>
    public string? Collateral { get; init; }

    /// <summary>Evidence to use instead of that of this machine; null for this machine's.</summary>
    public Quote? Evidence { get; init; }

    public CollateralAnchors Anchors { get; init; } = CollateralAnchors.Vendors;

    /// <summary>Whether the user expects a simulation.</summary>
    public bool Simulation { get; init; }

    /// <summary>The host and the port of <see cref="Address"/>.</summary>
    public Uri? Server => Address is null ? null : new Uri(
        Address.StartsWith("https://", StringComparison.OrdinalIgnoreCase) ? Address : $"https://{Address}");
}
