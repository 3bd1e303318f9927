using Microsoft.Extensions.Logging;

namespace MarbleRun.Activation.Trust;

/// <summary>Logs warnings at each start about what a Marble accepts without proof.</summary>
internal static partial class TrustWarnings
{
    public static void Write(ILogger logger, CoordinatorTrust trust, MarbleOptions options, string address)
    {
        if (trust.IsNone)
        {
            Log.CoordinatorNotVerified(logger, address);
        }
        else if (trust.Roots.Count == 0 && trust.OwnerKeys.Count == 0)
        {
            Log.AnyManifest(logger, address);
        }

        if (trust.Packages.Any(p => p.Debug))
        {
            Log.DebugTrusted(logger, address);
        }

        if (TrustVerifier.AllowsSimulation(trust, options))
        {
            Log.SimulationTrusted(logger);
        }
    }

    /// <summary>Logs that a running Marble accepted a Coordinator that it would refuse at its next start.</summary>
    public static void WriteListed(ILogger logger, CoordinatorProof? proof, string address)
    {
        if (proof?.Listed is { } listed)
        {
            Log.ListedAccepted(logger, address, PeerText.Clean(listed.Name), listed.ManifestFingerprint);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(
            EventIds.CoordinatorNotVerified,
            LogLevel.Warning,
            "THE COORDINATOR IS NOT VERIFIED (CoordinatorTrust.None): any server that answers at {Address} gives this process its files, "
            + "variables and identity.",
            EventName = "CoordinatorNotVerified")]
        public static partial void CoordinatorNotVerified(ILogger logger, string address);

        [LoggerMessage(
            EventIds.AnyManifestTrusted,
            LogLevel.Warning,
            "ANY MANIFEST IS ACCEPTED: the trust specifies the Coordinator's code and no owner's key, and anyone can run that code at "
            + "{Address} with their own manifest.",
            EventName = "AnyManifestTrusted")]
        public static partial void AnyManifest(ILogger logger, string address);

        [LoggerMessage(
            EventIds.SimulationTrusted,
            LogLevel.Warning,
            "Simulated evidence is accepted: anyone who can use this machine can pose as the Coordinator. Not for production.",
            EventName = "SimulationTrusted")]
        public static partial void SimulationTrusted(ILogger logger);

        [LoggerMessage(
            EventIds.ListedCoordinatorAccepted,
            LogLevel.Warning,
            "The Coordinator at {Address} runs code that this Marble's own trust does not name. It was accepted, because the deployment's "
            + "manifest {Fingerprint} lists the code in Coordinators as '{Name}'. A start of this Marble refuses it: add the code to the "
            + "measured trust, and roll this Marble out.",
            EventName = "ListedCoordinatorAccepted")]
        public static partial void ListedAccepted(ILogger logger, string address, string name, string fingerprint);

        [LoggerMessage(
            EventIds.DebugCoordinatorTrusted,
            LogLevel.Warning,
            "A Coordinator in debug mode is accepted: anyone who controls the machine at {Address} can read and change its memory. Not for "
            + "production.",
            EventName = "DebugCoordinatorTrusted")]
        public static partial void DebugTrusted(ILogger logger, string address);
    }
}
