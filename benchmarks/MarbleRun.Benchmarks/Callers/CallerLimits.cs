using System.Text.Json;

namespace MarbleRun.Benchmarks.Callers;

/// <summary>What each kind may cost: <c>benchmarks/limits/caller-cost.json</c>.</summary>
internal sealed record CallerLimits
{
    /// <summary>By kind: plain handshakes of processor time.</summary>
    public required Dictionary<string, double> Requests { get; init; }

    /// <summary>By kind of silent connection: KiB.</summary>
    public required Dictionary<string, double> SilentConnections { get; init; }

    /// <summary>Times of an honest status among attackers, beside its usual time.</summary>
    public required Dictionary<string, double> HonestStatus { get; init; }

    public static CallerLimits Read(string path) =>
        JsonSerializer.Deserialize<CallerLimits>(File.ReadAllBytes(path), JsonSerializerOptions.Web)!;
}
