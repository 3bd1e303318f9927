namespace MarbleRun.Cli.Doctor;

/// <summary>How good a finding is. The numbers are the exit codes of the command.</summary>
internal enum FindingLevel
{
    Good = 0,
    Warning = 1,
    Error = 2,
}
