using MarbleRun.Attestation;
using MarbleRun.Attestation.Simulation;

namespace MarbleRun.Activation;

/// <summary>Finds what can attest the code of this process.</summary>
internal static class QuoteIssuers
{
    /// <summary>The issuer that the options ask for.</summary>
    /// <exception cref="AttestationException">There is none; simulation is never chosen by itself.</exception>
    public static IQuoteIssuer Choose(MarbleOptions options, TimeProvider timeProvider)
    {
        if (options.Simulation)
        {
            var platform = SimulationPlatform.Open(directory: null, timeProvider);
            return platform.CreateIssuer(platform.MeasureRunningProcess());
        }

        throw new AttestationException(
            AttestationFailure.PlatformUnavailable,
            "This process does not run in a trusted execution environment that is supported. Start it in one, register an IQuoteIssuer for yours, "
            + "or for development set OE_SIMULATION=1 (or Marble:Simulation) here and start the Coordinator in simulation, too.");
    }
}
