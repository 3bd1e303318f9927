using MarbleRun.Activation.Targets;
using MarbleRun.Activation.Trust;
using MarbleRun.Attestation;

namespace MarbleRun.Activation;

/// <summary>What an activation used, and its renewals use again.</summary>
/// <param name="Address">The Coordinator's mesh address.</param>
/// <param name="Trust">The Coordinator that this Marble trusts.</param>
/// <param name="Options">The options of the Marble.</param>
/// <param name="Issuer">Attests this process.</param>
/// <param name="Roots">The accepted hardware vendors.</param>
internal sealed record RenewalSource(
    CoordinatorAddresses Address, CoordinatorTrust Trust, MarbleOptions Options, IQuoteIssuer Issuer, HardwareRoots Roots)
{
    /// <summary>What the manifest gave this process; renewals replace it. Null if they replace the identity alone.</summary>
    public LiveParameters? Parameters { get; init; }
}
