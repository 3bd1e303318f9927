using System.CommandLine;

namespace MarbleRun.Cli.Audit;

/// <summary><c>marblerun audit</c>: commands for the Coordinator's audit trail.</summary>
internal static class AuditCommands
{
    public static Command Create() => new(
        "audit", "Follows a Coordinator's audit trail, and verifies that it was not changed; shows refused Marbles.")
    {
        AuditVerifyCommand.Create(), AuditHeadsCommand.Create(), AuditFollowCommand.Create(), AuditRefusalsCommand.Create(),
    };
}
