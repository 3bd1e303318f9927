using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json;
using MarbleRun.TestSupport;

namespace MarbleRun.Benchmarks.Connections;

/// <summary>
/// What the mutual TLS of Marbles costs beside Kestrel's with the same certificate and the platform's check alone: processor time of client
/// and server together, and allocations. Allocations above <c>limits/mesh-tls.json</c> end it with exit code 1; the short form measures
/// them alone. <c>mesh-tls [--short] [--only KIND] [--pairs N] [--result FILE]</c>.
/// </summary>
internal sealed class MeshTls(MeshPeers peers, int pairs)
{
    private const int AllocationSample = 300;

    private readonly StringBuilder _table = new();
    private readonly List<string> _faults = [];
    private int _names;

    public static async Task<int> RunAsync(string[] options)
    {
        await using MeshPeers peers = await MeshPeers.StartAsync();
        var benchmark = new MeshTls(peers, Read(options, "--pairs") is { } text ? int.Parse(text, CultureInfo.InvariantCulture) : 120);
        string? only = Read(options, "--only");
        string file = Path.Combine(RepositoryFiles.Root, "benchmarks", "limits", "mesh-tls.json");
        var limits = JsonSerializer.Deserialize<Dictionary<string, double>>(File.ReadAllBytes(file))!;
        foreach ((string kind, int burst, Func<MeshPeer, Task> call) in benchmark.Kinds().Where(k => only is null || k.Kind == only))
        {
            await benchmark.MeasureAllocationsAsync(kind, call, limits[kind]);
            if (!options.Contains("--short"))
            {
                await benchmark.MeasureTimeAsync(kind, burst, call);
            }
        }

        Print(benchmark._table.ToString());
        if (Read(options, "--result") is { } path)
        {
            await File.WriteAllTextAsync(path, benchmark._table.ToString());
        }

        benchmark._faults.ForEach(Print);
        return benchmark._faults.Count == 0 ? 0 : 1;
    }

    private static string? Read(string[] options, string name) => options.SkipWhile(o => o != name).Skip(1).FirstOrDefault();

    private IEnumerable<(string Kind, int Burst, Func<MeshPeer, Task> Call)> Kinds() =>
    [
        ("full-handshake", 40, p => p.CallAsync($"n{_names++}.example", HttpVersion.Version11, close: true)),
        ("repeated-handshake", 40, p => p.CallAsync("same.example", HttpVersion.Version11, close: true)),
        ("http11-request", 400, p => p.CallAsync("open.example", HttpVersion.Version11, close: false)),
        ("http2-request", 400, p => p.CallAsync("open.example", HttpVersion.Version20, close: false)),
    ];

    private async Task MeasureTimeAsync(string kind, int burst, Func<MeshPeer, Task> call)
    {
        PairedRatio noise = await PairedRatio.MeasureAsync(() => call(peers.Plain), () => call(peers.OtherPlain), pairs / 2, burst);
        PairedRatio plain = await PairedRatio.MeasureAsync(() => call(peers.Plain), () => call(peers.Marble), pairs, burst);
        PairedRatio known = await PairedRatio.MeasureAsync(() => call(peers.PlainWithUser), () => call(peers.Marble), pairs, burst);
        AppendRow($"{kind}, plain beside plain", noise);
        AppendRow($"{kind}, Marble beside plain", plain);
        AppendRow($"{kind}, Marble beside plain with an authenticated caller", known);
    }

    private void AppendRow(string what, PairedRatio ratio) => _table.AppendLine(
        CultureInfo.InvariantCulture,
        $"{what}: {ratio.Median:0.000} ({ratio.Low:0.000} to {ratio.High:0.000}), {ratio.Measured:0} and {ratio.Baseline:0} µs");

    /// <summary>An operation's allocations are the same in each run, which makes them a limit for the whole proof.</summary>
    private async Task MeasureAllocationsAsync(string kind, Func<MeshPeer, Task> call, double limit)
    {
        double plain = await AllocateAsync(() => call(peers.PlainWithUser));
        double marble = await AllocateAsync(() => call(peers.Marble));
        _table.AppendLine(
            CultureInfo.InvariantCulture,
            $"{kind}: {marble / 1024:0.0} KiB allocated, plain with an authenticated caller {plain / 1024:0.0} KiB: "
            + $"{marble / plain:0.00} (limit {limit:0.00})");
        if (marble / plain > limit)
        {
            _faults.Add($"{kind} allocates too much.");
        }
    }

    private static async Task<double> AllocateAsync(Func<Task> operation)
    {
        double least = double.MaxValue;
        for (int i = 0; i < 4; i++)
        {
            long before = GC.GetTotalAllocatedBytes(precise: true);
            for (int j = 0; j < AllocationSample; j++)
            {
                await operation();
            }

            least = Math.Min(least, (double)(GC.GetTotalAllocatedBytes(precise: true) - before) / AllocationSample);
        }

        return least;
    }

    private static void Print(string line)
    {
#pragma warning disable RS0030 // The result of a benchmark goes to the console.
        Console.WriteLine(line);
#pragma warning restore RS0030
    }
}
