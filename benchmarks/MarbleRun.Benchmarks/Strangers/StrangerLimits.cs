using System.Text.Json;

namespace MarbleRun.Benchmarks.Strangers;

/// <summary>What each kind may cost: <c>benchmarks/limits/stranger-cost.json</c>.</summary>
internal sealed record StrangerLimits
{
    /// <summary>By kind: plain handshakes of processor time.</summary>
    public required Dictionary<string, double> Requests { get; init; }

    /// <summary>By kind of silent connection: KiB.</summary>
    public required Dictionary<string, double> SilentConnections { get; init; }

    /// <summary>Times of an honest status among attackers, beside its usual time.</summary>
    public required Dictionary<string, double> HonestStatus { get; init; }

    public static StrangerLimits Read(string path) =>
        JsonSerializer.Deserialize<StrangerLimits>(File.ReadAllBytes(path), JsonSerializerOptions.Web)!;
}
