namespace MarbleRun.Coordinator;

/// <summary>How the Coordinator's own process writes its log to standard output.</summary>
public enum CoordinatorLogFormat
{
    /// <summary>Readable lines.</summary>
    Console = 0,

    /// <summary>One JSON object on each line, for programs that collect logs.</summary>
    Json,
}
