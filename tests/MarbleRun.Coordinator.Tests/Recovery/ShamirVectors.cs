using System.Text.Json;

namespace MarbleRun.Coordinator.Tests.Recovery;

/// <summary>What <c>Vectors/shamir.py</c> computed in another way.</summary>
internal sealed record ShamirVectors(string Products, string Inverses, ShamirVectors.Vector[] Vectors)
{
    public static ShamirVectors Shared { get; } = Load();

    private static ShamirVectors Load()
    {
        using Stream stream = typeof(ShamirVectors).Assembly.GetManifestResourceStream("shamir.json")!;
        return JsonSerializer.Deserialize<ShamirVectors>(stream, JsonSerializerOptions.Web)!;
    }

    internal sealed record Vector(string Name, int Threshold, string Secret, string[] Shares);
}
