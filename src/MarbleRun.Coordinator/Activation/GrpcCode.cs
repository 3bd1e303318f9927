using Grpc.Core;

namespace MarbleRun.Coordinator.Activation;

/// <summary>The gRPC codes as labels of metrics and in logs, spelled as in Go, because dashboards of MarbleRun 1.9 use these
/// names.</summary>
internal static class GrpcCode
{
    /// <summary>All codes.</summary>
    public static IEnumerable<string> All => Enum.GetValues<StatusCode>().Select(Spell);

    public static string Spell(StatusCode code) => code switch
    {
        StatusCode.Cancelled => "Canceled",
        _ when Enum.IsDefined(code) => code.ToString(),
        _ => "Unknown",
    };
}
