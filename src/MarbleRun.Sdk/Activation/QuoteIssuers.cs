using MarbleRun.Attestation;
using MarbleRun.Attestation.Simulation;
using MarbleRun.Tee;

namespace MarbleRun.Activation;

/// <summary>Finds the issuer that can attest the code of this process.</summary>
internal static class QuoteIssuers
{
    /// <summary>Returns the issuer that the options request: the simulation, or the environment that this process runs in.</summary>
    /// <exception cref="AttestationException">
    /// No issuer is available, or its environment fails; simulation is never selected automatically.
    /// </exception>
    public static IQuoteIssuer Choose(MarbleOptions options, TimeProvider timeProvider)
    {
        if (options.Simulation)
        {
            var platform = SimulationPlatform.Open(directory: null, timeProvider);
            return platform.CreateIssuer(platform.MeasureRunningProcess());
        }

        try
        {
            // Open for as long as the process runs: it attests itself again whenever its identity is renewed.
            return TeePlatform.Open().CreateIssuer();
        }
        catch (TeeException exception) when (exception.Status is not (TeeStatus.NotFound or TeeStatus.LibraryMissing))
        {
            throw TeeQuoteIssuer.Failed(exception);
        }
        catch (TeeException exception)
        {
            throw new AttestationException(
                AttestationFailure.PlatformUnavailable,
                "This process does not run in a supported trusted execution environment. Start it in one, register an IQuoteIssuer for "
                + "yours, or for development set OE_SIMULATION=1 (or Marble:Simulation) here and start the Coordinator in simulation, too. "
                + exception.Message,
                exception);
        }
    }
}
