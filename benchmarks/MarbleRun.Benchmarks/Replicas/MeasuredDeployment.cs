using System.Diagnostics;
using System.Net;
using System.Text.RegularExpressions;
using MarbleRun.Benchmarks.Callers;
using MarbleRun.Benchmarks.Marbles;

namespace MarbleRun.Benchmarks.Replicas;

/// <summary>
/// Coordinators, each in a process of its own, with a manifest in force: over one deployment in a shared store, or each with a folder.
/// </summary>
internal sealed partial class MeasuredDeployment : IDisposable
{
    private readonly MeasuredStore _store;
    private readonly List<ServerProcess> _coordinators = [];
    private readonly List<IPEndPoint> _mesh = [];
    private readonly List<IPEndPoint> _clients = [];

    private MeasuredDeployment(MeasuredStore store) => _store = store;

    /// <summary>The store, and how many Coordinators.</summary>
    public (string Store, int Coordinators) Kind => (_store.Kind, _coordinators.Count);

    /// <param name="store">The store.</param>
    /// <param name="count">How many Coordinators.</param>
    /// <param name="folder">Becomes the folder of all of them.</param>
    /// <param name="simulation">The folder of the machine's development root, which makes the quotes.</param>
    /// <param name="manifest">The manifest.</param>
    public static async Task<MeasuredDeployment> StartAsync(
        MeasuredStore store, int count, string folder, string simulation, byte[] manifest)
    {
        var deployment = new MeasuredDeployment(store);
        try
        {
            // Each has an address of loopback for itself, so that the port is known before the start and free.
            string network = $"127.{Random.Shared.Next(1, 255)}.{Random.Shared.Next(256)}";
            string[] peers = [.. Enumerable.Range(1, count).Select(i => $"{network}.{i}:5433")];
            for (int i = 0; i < count; i++)
            {
                await deployment.StartCoordinatorAsync(Path.Combine(folder, $"{i}"), simulation, peers, i);
            }

            using HttpMessageInvoker invoker = CallerClient.CreateInvoker(certificate: null);
            foreach (IPEndPoint client in store.Kind == MeasuredStore.File ? deployment._clients : deployment._clients[..1])
            {
                string answer = await CallerClient.SendAsync(invoker, client, "/manifest", manifest, HttpVersion.Version11);
                if (answer != "200")
                {
                    throw new InvalidOperationException($"The manifest was answered with {answer}.");
                }
            }

            return deployment;
        }
        catch
        {
            deployment.Dispose();
            throw;
        }
    }

    /// <summary>Activates Marbles at all Coordinators by turns, as many at the same time as there are Marbles.</summary>
    /// <param name="marbles">The Marbles; each activates again and again, as another instance.</param>
    /// <param name="marbleType">A type of the manifest.</param>
    /// <param name="count">How many activations.</param>
    public async Task<ActivationCost> ActivateAsync(IReadOnlyList<PreparedMarble> marbles, string marbleType, int count)
    {
        await WaitUntilIdleAsync();
        TimeSpan coordinators = ProcessorTime;
        TimeSpan? store = _store.ProcessorTime;
        int begun = 0;
        long start = Stopwatch.GetTimestamp();
        await Task.WhenAll(marbles.Select(marble => Task.Run(async () =>
        {
            for (int i; (i = Interlocked.Increment(ref begun)) <= count;)
            {
                await marble.ActivateAsync(_mesh[i % _mesh.Count], marbleType, Guid.NewGuid());
            }
        })));
        TimeSpan elapsed = Stopwatch.GetElapsedTime(start);

        // What follows an answer belongs to it.
        await WaitUntilIdleAsync();
        return new ActivationCost(
            count / elapsed.TotalSeconds,
            (ProcessorTime - coordinators).TotalMilliseconds / count,
            (_store.ProcessorTime - store)?.TotalMilliseconds / count);
    }

    public void Dispose() => _coordinators.ForEach(c => c.Dispose());

    private TimeSpan ProcessorTime => _coordinators.Aggregate(TimeSpan.Zero, (sum, c) => sum + c.ProcessorTime);

    private Task WaitUntilIdleAsync() => Task.WhenAll(_coordinators.Select(c => c.WaitUntilIdleAsync()));

    private async Task StartCoordinatorAsync(string folder, string simulation, string[] peers, int number)
    {
        (string Key, string Value)[] settings =
        [
            ("Coordinator:SealDirectory", folder),
            ("Coordinator:Store:Replica", $"replica-{number}"),
            ("Coordinator:Peers:Address", peers[number]),
            ("Coordinator:Peers:Addresses", string.Join(',', peers)),
            ("Coordinator:Limits:Connections:HandshakeTimePerSecond", "00:00:10"),
            .. _store.Settings($"benchmark-{peers.Length}"),
        ];
        (ServerProcess coordinator, Match ready) = await ServerProcess.StartAsync(
            "MarbleRun.TestProgram.dll",
            [
                "coordinator",
                _store.Kind,
                "--simulation",
                "--mesh-address",
                "127.0.0.1:0",
                "--client-address",
                "127.0.0.1:0",
                .. settings.Select(s => $"--{s.Key}={s.Value}"),
            ],
            CoordinatorListens(),
            ("MARBLERUN_SIMULATION_DIR", simulation),

            // As the Coordinator's package runs it.
            ("DOTNET_gcServer", "1"));
        _coordinators.Add(coordinator);
        _mesh.Add(IPEndPoint.Parse(ready.Groups[1].Value));
        _clients.Add(IPEndPoint.Parse(ready.Groups[2].Value));
    }

    [GeneratedRegex(@"Marbles activate at (\S+); clients manage and verify at https://(\S+)\.$")]
    private static partial Regex CoordinatorListens();
}

/// <summary>What activations cost.</summary>
/// <param name="PerSecond">How many in a second, while clients wait for nothing but their answers.</param>
/// <param name="Coordinators">Processor time of all Coordinators for each, in milliseconds.</param>
/// <param name="Store">The same of the store's server; null where it has no process of its own.</param>
internal readonly record struct ActivationCost(double PerSecond, double Coordinators, double? Store);
