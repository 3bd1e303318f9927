namespace MarbleRun.Coordinator.Diagnostics;

/// <summary>Keeps label values few: whatever a stranger chose becomes one fixed value, or every made-up word would be a series for ever.</summary>
internal static class MetricLabel
{
    /// <summary>Stands for every Marble type that the manifest does not name, and for every path that the client API does not have.</summary>
    public const string Unknown = "(unknown)";

    /// <summary>The method in lower case, or <c>unknown</c> as MarbleRun 1.9 has it.</summary>
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
