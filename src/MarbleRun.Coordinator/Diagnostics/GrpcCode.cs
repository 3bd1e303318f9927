using Grpc.Core;

namespace MarbleRun.Coordinator.Diagnostics;

/// <summary>The codes of gRPC as labels of metrics and in logs: spelled as Go spells them, which dashboards of MarbleRun 1.9 know.</summary>
internal static class GrpcCode
{
    /// <summary>All codes there are.</summary>
    public static IEnumerable<string> All => Enum.GetValues<StatusCode>().Select(Spell);

    public static string Spell(StatusCode code) => code switch
    {
        StatusCode.Cancelled => "Canceled",
        _ when Enum.IsDefined(code) => code.ToString(),
        _ => "Unknown",
    };
}
