using System.Net;
using System.Security.Cryptography.X509Certificates;
using MarbleRun.Coordinator.State;
using Microsoft.Extensions.Options;

namespace MarbleRun.Coordinator.Hosting;

/// <summary>Logs the essential facts at the start: the addresses of the ports, and whether anything is protected.</summary>
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

        // The runtime opens its diagnostics socket before any managed code runs, and reads only this variable.
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

    /// <summary>If the clock is outside the validity of the root certificate, every client and Marble refuses it with its own
    /// message.</summary>
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
        [LoggerMessage(
            EventIds.SimulationActive,
            LogLevel.Warning,
            "SIMULATION: this Coordinator trusts the development root of this machine instead of hardware. Nothing is protected against "
            + "users of this machine.",
            EventName = "SimulationActive")]
        public static partial void Simulation(ILogger logger);

        [LoggerMessage(
            EventIds.CoordinatorListening,
            LogLevel.Information,
            "Marbles activate at {MeshAddress}; clients manage and verify at https://{ClientAddress}.",
            EventName = "CoordinatorListening")]
        public static partial void Listening(ILogger logger, IPEndPoint meshAddress, IPEndPoint clientAddress);

        [LoggerMessage(
            EventIds.MetricsListening,
            LogLevel.Information,
            "Metrics, events and health are available at http://{MetricsAddress} without authentication.",
            EventName = "MetricsListening")]
        public static partial void Measuring(ILogger logger, IPEndPoint metricsAddress);

        [LoggerMessage(
            EventIds.DiagnosticsOn,
            LogLevel.Warning,
            "The runtime's diagnostics are on: processes of this user can read memory and keys with a debugger, a dump or a trace. Set "
            + "DOTNET_EnableDiagnostics=0 where the environment is measured.",
            EventName = "DiagnosticsOn")]
        public static partial void DiagnosticsOn(ILogger logger);

        [LoggerMessage(
            EventIds.RootNotValidNow,
            LogLevel.Warning,
            "The root certificate of this Coordinator is valid from {NotBefore:u} to {NotAfter:u}, but the clock of "
            + "this machine says {Now:u}: "
            + "clients and Marbles with the same time refuse it. Correct the clock, or wait.",
            EventName = "RootNotValidNow")]
        public static partial void RootNotValidNow(ILogger logger, DateTime notBefore, DateTime notAfter, DateTimeOffset now);

        [LoggerMessage(
            EventIds.CollateralSourcesNotAsked,
            LogLevel.Information,
            "The configured sources of collateral are not used: a simulation has its own collateral. Set "
            + "Coordinator:Attestation:AskInSimulation to use them.",
            EventName = "CollateralSourcesNotAsked")]
        public static partial void SourcesNotAsked(ILogger logger);

        [LoggerMessage(
            EventIds.NoCollateralSource,
            LogLevel.Warning,
            "No source of collateral is configured, so every quote of hardware is refused: without collateral, the Coordinator cannot "
            + "check whether a platform is patched and not revoked. Set Coordinator:Attestation:PccsUrl (SGX, TDX), "
            + "Coordinator:Attestation:KdsUrl (SEV-SNP) or Coordinator:Attestation:BundlePath.",
            EventName = "NoCollateralSource")]
        public static partial void NoCollateral(ILogger logger);
    }
}
