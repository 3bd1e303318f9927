using System.Net;
using BenchmarkDotNet.Attributes;

namespace MarbleRun.Benchmarks.Activation;

/// <summary>
/// An activation over a new connection beside a bare handshake, with few and many declared secrets and Marbles; client and server together.
/// </summary>
[Config(typeof(RatioConfig))]
public class DeclaredSecrets
{
    private BenchmarkMesh _mesh = null!;
    private BareServer _bare = null!;
    private ActivatingMarble _marble = null!;

    /// <summary>Declared secrets and Marble types.</summary>
    [Params("1/1", "100/1", "10000/1", "1/10000")]
    public string Declared { get; set; } = string.Empty;

    [GlobalSetup]
    public void Setup()
    {
        int[] counts = [.. Declared.Split('/').Select(int.Parse)];
        _mesh = new BenchmarkMesh();
        _mesh.Set(_mesh.CreateManifest(counts[0], counts[1]));
        _bare = new BareServer();
        _marble = new ActivatingMarble(_mesh.Host, "m0");
        if (Handshake() != HttpStatusCode.NoContent || Activate() < 7)
        {
            throw new InvalidOperationException("The benchmark does not measure what it says.");
        }
    }

    [GlobalCleanup]
    public void Cleanup()
    {
        _bare.Dispose();
        _mesh.Dispose();
    }

    [Benchmark(Baseline = true)]
    public HttpStatusCode Handshake() => _marble.Shake(_bare.Address);

    [Benchmark]
    public int Activate() => _marble.Activate();
}
