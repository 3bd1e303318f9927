using System.Diagnostics;
using BenchmarkDotNet.Attributes;

namespace MarbleRun.Benchmarks.Activation;

/// <summary>
/// Setting a manifest of 5 MB, or with many secrets. Besides the time on the clock it prints the time of the processor, which other work
/// does not disturb.
/// </summary>
[Config(typeof(RatioConfig))]
public class ManifestSetting
{
    private readonly List<TimeSpan> _processor = [];
    private BenchmarkMesh _mesh = null!;
    private byte[] _manifest = [];

    /// <summary>Declared secrets and Marble types.</summary>
    [Params("1/1", "10000/1", "1/10000")]
    public string Declared { get; set; } = string.Empty;

    [IterationSetup]
    public void Setup()
    {
        int[] counts = [.. Declared.Split('/').Select(int.Parse)];
        _mesh = new BenchmarkMesh();
        _manifest = _mesh.CreateManifest(counts[0], counts[1]);
    }

    [IterationCleanup]
    public void Cleanup() => _mesh.Dispose();

    [GlobalCleanup]
    public void Print() =>
        Console.WriteLine(
            $"// {Declared}: {_manifest.Length} bytes; processor time of each, in ms: "
            + $"{string.Join(", ", _processor.Select(t => (int)t.TotalMilliseconds))}");

    [Benchmark]
    public void Set()
    {
        using var self = Process.GetCurrentProcess();
        TimeSpan before = self.TotalProcessorTime;
        _mesh.Set(_manifest);
        self.Refresh();
        _processor.Add(self.TotalProcessorTime - before);
    }
}
