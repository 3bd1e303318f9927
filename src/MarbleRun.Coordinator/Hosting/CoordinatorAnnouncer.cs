using System.Net;
using System.Security.Cryptography.X509Certificates;
using MarbleRun.Coordinator.State;
using Microsoft.Extensions.Options;

namespace MarbleRun.Coordinator.Hosting;

/// <summary>Says at the start what an operator must know: where the ports are, and whether anything is protected at all.</summary>
internal sealed partial class CoordinatorAnnouncer(
    CoordinatorListeners listeners,
    IOptions<CoordinatorOptions> options,
    IConfiguration configuration,
    CurrentState current,
    TimeProvider timeProvider,
    ILogger<CoordinatorAnnouncer> logger)
{
    private const string Diagnostics = "DOTNET_EnableDiagnostics";

    public void AnnounceMode()
    {
        if (options.Value.Simulation)
        {
            Log.Simulation(logger);
        }
        else if (!options.Value.Attestation.NamesSource)
        {
            Log.NoCollateral(logger);
        }

        if (options.Value is { Simulation: true, Attestation: { NamesSource: true, AskInSimulation: false } })
        {
            Log.SourcesNotAsked(logger);
        }

        // The runtime opens the socket of its diagnostics before any code of ours runs, and reads no other switch than this variable.
        if (!options.Value.Simulation && configuration[Diagnostics] != "0")
        {
            Log.DiagnosticsOn(logger);
        }
    }

    public void AnnouncePorts()
    {
        Log.Listening(logger, listeners.Mesh, listeners.Client);
        if (listeners.Metrics is { } metrics)
        {
            Log.Measuring(logger, metrics);
        }

        WarnOfTheClock(current.Value.Authority.Root);
    }

    /// <summary>A clock that stands before or behind the root certificate makes every client and Marble refuse it, each in its own words.</summary>
    private void WarnOfTheClock(X509Certificate2 root)
    {
        DateTimeOffset now = timeProvider.GetUtcNow();
        if (now < root.NotBefore || now > root.NotAfter)
        {
            Log.RootNotValidNow(logger, root.NotBefore.ToUniversalTime(), root.NotAfter.ToUniversalTime(), now);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Warning, "SIMULATION: this Coordinator trusts the development root of this machine instead of hardware. Nothing is protected from anybody who can use this machine.", EventName = "SimulationActive")]
        public static partial void Simulation(ILogger logger);

        [LoggerMessage(2, LogLevel.Information, "Marbles activate at {MeshAddress}; clients manage and verify at https://{ClientAddress}.", EventName = "CoordinatorListening")]
        public static partial void Listening(ILogger logger, IPEndPoint meshAddress, IPEndPoint clientAddress);

        [LoggerMessage(4, LogLevel.Information, "Metrics, events and health are read at http://{MetricsAddress} by whoever reaches it.", EventName = "MetricsListening")]
        public static partial void Measuring(ILogger logger, IPEndPoint metricsAddress);

        [LoggerMessage(5, LogLevel.Warning, "The runtime's diagnostics are on: whoever runs as this user can read memory and keys by a debugger, a dump or a trace. Set DOTNET_EnableDiagnostics=0 where the environment is part of what is measured.", EventName = "DiagnosticsOn")]
        public static partial void DiagnosticsOn(ILogger logger);

        [LoggerMessage(
            6,
            LogLevel.Warning,
            "The root certificate of this Coordinator is valid from {NotBefore:u} to {NotAfter:u}, but the clock of this machine says {Now:u}: clients and Marbles whose "
            + "clocks agree refuse it. Set the clock, or wait.",
            EventName = "RootNotValidNow")]
        public static partial void RootNotValidNow(ILogger logger, DateTime notBefore, DateTime notAfter, DateTimeOffset now);

        [LoggerMessage(7, LogLevel.Information, "The sources of collateral that are configured are not asked: a simulation brings its own. Set Coordinator:Attestation:AskInSimulation to ask them.", EventName = "CollateralSourcesNotAsked")]
        public static partial void SourcesNotAsked(ILogger logger);

        [LoggerMessage(3, LogLevel.Warning, "No source of collateral is named, so that every quote of hardware will be refused: nothing tells whether its platform is patched and not revoked. Set Coordinator:Attestation:PccsUrl (SGX, TDX), Coordinator:Attestation:KdsUrl (SEV-SNP) or Coordinator:Attestation:BundlePath.", EventName = "NoCollateralSource")]
        public static partial void NoCollateral(ILogger logger);
    }
}
