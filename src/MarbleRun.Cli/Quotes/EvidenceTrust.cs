namespace MarbleRun.Cli.Quotes;

/// <summary>The roots and the collateral by which evidence is verified.</summary>
/// <param name="Collateral">The source of collateral; null for the collateral of the simulation, or for none.</param>
/// <param name="TrustedRoot">The file of a root certificate that is trusted instead of the vendor's; null for the vendor's.</param>
/// <param name="Simulation">Whether the development root of this machine's simulation is trusted, and no vendor's root.</param>
internal sealed record EvidenceTrust(string? Collateral, string? TrustedRoot, bool Simulation);
