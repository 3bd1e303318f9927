using System.CommandLine;

namespace MarbleRun.Cli.Recovery;

/// <summary>The commands for the recovery of a Coordinator's state.</summary>
internal static class RecoveryCommands
{
    public static Command CreateRecover() => RecoverCommand.Create();

    public static Command CreateRecoverWithSignature() => RecoverWithSignatureCommand.Create();

    public static Command Create() =>
        new("recovery", "Prepares recovery secrets without a connection.") { OfflineSecretCommands.CreateDecrypt(), SplitCommand.Create() };
}
