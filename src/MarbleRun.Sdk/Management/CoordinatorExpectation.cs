using MarbleRun.Attestation;

namespace MarbleRun.Management;

/// <summary>The values that a relying party expects of a deployment.</summary>
public sealed record CoordinatorExpectation
{
    /// <summary>
    /// Verifies the Coordinator's quote: <see cref="Attestation.Evidence.EvidenceVerifier.ForHardware"/> with a source of collateral for a
    /// Coordinator on hardware of any kind, <c>SimulationPlatform.CreateVerifier</c> for a simulated one.
    /// </summary>
    public required IQuoteVerifier Verifier { get; init; }

    /// <summary>
    /// The expected Coordinator: its release names a UniqueId, or a SignerId, ProductId and SecurityVersion; for a confidential virtual
    /// machine <see cref="PackageProperties.Tdx"/> with an MRTD, or <see cref="PackageProperties.Snp"/> with a measurement. Fewer
    /// properties would accept programs of any origin; they are refused, except with <see cref="PackageProperties.Debug"/>.
    /// </summary>
    public required PackageProperties ExpectedPackage { get; init; }

    /// <summary>
    /// SHA-256 of the expected manifest, 64 hex digits, or null to accept the manifest that the Coordinator has (then review it).
    /// </summary>
    public string? ExpectedFingerprint { get; init; }

    /// <summary>
    /// The nonce that the quote must contain; empty, the default, for a fresh random one. A nonce of your own proves freshness only if no
    /// one could know it before.
    /// </summary>
    public ReadOnlyMemory<byte> Nonce { get; init; }

    /// <summary>How long one verification may take; the default is 30 seconds.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>The clock for certificate checks and for the timeout.</summary>
    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;

    /// <exception cref="ArgumentException">The expected values would accept any Coordinator, or cannot be met.</exception>
    internal void ThrowIfInvalid()
    {
        ArgumentNullException.ThrowIfNull(Verifier);
        ArgumentNullException.ThrowIfNull(ExpectedPackage);
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(Timeout, TimeSpan.Zero);
        if (!ExpectedPackage.PinsCode && !ExpectedPackage.Debug)
        {
            throw new ArgumentException(
                "The expected package does not identify a Coordinator. Set its UniqueId, or its SignerId, ProductId and SecurityVersion; "
                + "for a confidential virtual machine Tdx.MrTd, or Snp.Measurement.");
        }

        if (ExpectedPackage.Tdx is { PinsSystem: false } && !ExpectedPackage.Debug)
        {
            throw new ArgumentException(
                "The expected package identifies only the firmware of a TD, which all tenants of a cloud share. Set Tdx.Rtmr1 and "
                + "Tdx.Rtmr2 too.");
        }

        if (ExpectedFingerprint is not null && (ExpectedFingerprint.Length != 64 || !ExpectedFingerprint.All(char.IsAsciiHexDigit)))
        {
            throw new ArgumentException("The expected manifest fingerprint is not SHA-256 in hex (64 digits).");
        }
    }
}
