using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using MarbleRun.TestSupport;

namespace MarbleRun.Coordinator.Tests.Hosting;

/// <summary>
/// Unauthenticated callers who hold connections: they send nothing, a byte a second, or garbage, half of them to each port.
/// <c>MARBLERUN_SLOW_PEERS=1000</c> in the environment says how many, and <c>MARBLERUN_SLOW_PEERS_RESULT</c> names a file for what was
/// measured.
/// </summary>
[Trait("Security", "G2")]
public sealed class SlowPeerTests : CoordinatorTest
{
    [Fact]
    public async Task Ports_HeldBySlowPeers_AnswerOthers()
    {
        int peers = int.Parse(Environment.GetEnvironmentVariable("MARBLERUN_SLOW_PEERS") ?? "60", CultureInfo.InvariantCulture);
        int rounds = peers >= 1000 ? 50 : 3;
        CoordinatorHost host = await StartAsync();
        await TestManifest.SetAsync(host);
        await MeasureAsync(host, 1);
        Times before = await MeasureAsync(host, rounds);

        var clients = new List<TcpClient>();
        using var done = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        var trickles = new List<Task>();
        for (int i = 0; i < peers; i++)
        {
            var client = new TcpClient();
            clients.Add(client);
            await client.ConnectAsync(i % 2 == 0 ? host.Mesh : host.Client, Cancellation);
            trickles.Add((i / 2 % 3) switch
            {
                0 => Task.CompletedTask,
                1 => TrickleAsync(client.GetStream(), done.Token),
                _ => SendGarbageAsync(client.GetStream(), done.Token),
            });
        }

        Times during = await MeasureAsync(host, rounds);

        // A machine that does something else, too, is slow once; peers that hold others up are slow each time.
        for (int i = 0; i < 4 && during.IsMuchSlowerThan(before); i++)
        {
            during = await MeasureAsync(host, rounds);
        }

        Assert.False(during.IsMuchSlowerThan(before), $"before: {before}; with {peers} slow peers: {during}");
        await done.CancelAsync();
        await Task.WhenAll(trickles);
        clients.ForEach(c => c.Dispose());
        if (Environment.GetEnvironmentVariable("MARBLERUN_SLOW_PEERS_RESULT") is { } path)
        {
            await File.WriteAllTextAsync(path, $"{peers} peers, {rounds} rounds\nbefore: {before}\nduring: {during}\n", Cancellation);
        }
    }

    /// <summary>Status and activation, each over a new connection; both must be answered.</summary>
    private static async Task<Times> MeasureAsync(CoordinatorHost host, int rounds)
    {
        var status = new List<double>();
        var activation = new List<double>();
        for (int i = 0; i < rounds; i++)
        {
            long start = Stopwatch.GetTimestamp();
            using (HttpClient client = host.CreateClient())
            {
                using HttpResponseMessage response = await client.GetAsync(new Uri("/status", UriKind.Relative), Cancellation);
                Assert.Equal(HttpStatusCode.OK, response.StatusCode);
            }

            status.Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
            start = Stopwatch.GetTimestamp();
            Assert.NotEmpty((await MeshClient.ActivateAsync(host, "web")).Env);
            activation.Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
        }

        return new Times([.. status.Order()], [.. activation.Order()]);
    }

    /// <summary>In milliseconds, in order.</summary>
    private sealed record Times(double[] Status, double[] Activation)
    {
        /// <summary>Waiting for the end of a slow peer takes seconds, which is far more.</summary>
        public bool IsMuchSlowerThan(Times other) =>
            Median(Status) > 10 * Median(other.Status) || Median(Activation) > 10 * Median(other.Activation);

        public override string ToString() => $"status {Describe(Status)}, activation {Describe(Activation)}";

        private static double Median(double[] times) => times[times.Length / 2];

        private static string Describe(double[] times) =>
            string.Create(CultureInfo.InvariantCulture, $"median {Median(times):F1} ms, most {times[^1]:F1} ms");
    }

    /// <summary>The beginning of a handshake that never ends.</summary>
    private static async Task TrickleAsync(NetworkStream stream, CancellationToken cancellationToken)
    {
        byte[] hello = [0x16, 3, 1, 2, 0, 1, 0, 1, 0xfc, 3, 3, .. new byte[400]];
        using var clock = new PeriodicTimer(TimeSpan.FromSeconds(1));
        try
        {
            foreach (byte one in hello)
            {
                await stream.WriteAsync((byte[])[one], cancellationToken);
                await clock.WaitForNextTickAsync(cancellationToken);
            }
        }
        catch (Exception exception) when (exception is IOException or OperationCanceledException)
        {
        }
    }

    private static async Task SendGarbageAsync(NetworkStream stream, CancellationToken cancellationToken)
    {
        try
        {
            for (int i = 0; i < 100; i++)
            {
                await stream.WriteAsync(RandomNumberGenerator.GetBytes(1000), cancellationToken);
            }
        }
        catch (Exception exception) when (exception is IOException or OperationCanceledException)
        {
        }
    }
}
