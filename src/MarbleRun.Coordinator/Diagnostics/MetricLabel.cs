namespace MarbleRun.Coordinator.Diagnostics;

/// <summary>Limits the number of label values: text from an unauthenticated caller becomes one fixed value; otherwise every text would
/// create a permanent series.</summary>
internal static class MetricLabel
{
    /// <summary>The label of every Marble type that the manifest does not name, and of every path that the client API does not
    /// have.</summary>
    public const string Unknown = "(unknown)";

    /// <summary>The label of what came of it.</summary>
    public static KeyValuePair<string, object?> Outcome(string outcome) => new("outcome", outcome);

    /// <summary>The label of why it failed.</summary>
    public static KeyValuePair<string, object?> Reason(string reason) => new("reason", reason);

    /// <summary>The method in lower case, or <c>unknown</c> as in MarbleRun 1.9.</summary>
    public static string Method(string method) => method switch
    {
        "GET" => "get",
        "POST" => "post",
        "PUT" => "put",
        "HEAD" => "head",
        "DELETE" => "delete",
        "PATCH" => "patch",
        "OPTIONS" => "options",
        "CONNECT" => "connect",
        "TRACE" => "trace",
        _ => "unknown",
    };
}
