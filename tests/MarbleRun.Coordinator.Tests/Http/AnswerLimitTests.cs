using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using MarbleRun.Coordinator.Http;
using MarbleRun.Coordinator.Http.Limits;
using MarbleRun.Coordinator.Tests.Diagnostics;
using MarbleRun.Coordinator.Tests.Manifests;
using MarbleRun.TestSupport;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace MarbleRun.Coordinator.Tests.Http;

/// <summary>What answers hold that are not read.</summary>
[Trait("Security", "G2")]
public sealed class AnswerLimitTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory(Timeout = 60_000)]
    [InlineData("/manifest")]
    [InlineData("/api/v2/manifest")]
    [InlineData("/update-manifest")]
    [InlineData("/api/v2/update-manifest")]
    [InlineData("/api/v2/openapi.json")]
    public async Task Answer_ThatIsNotRead_IsTakenBackAtItsDeadline(string path)
    {
        var clock = new WaitingClock();
        await using GovernedMesh mesh = await GovernedMesh.StartAsync(MakeLarge, services => services.AddSingleton<TimeProvider>(clock));
        (await mesh.StartUpdateAsync(mesh.Anna, mesh.Manifest(m =>
        {
            MakeLarge(m);
            m["Marbles"]!["web"]!["MaxActivations"] = 7;
        }))).Require();
        using RawHttp2 outsider = await RawHttp2.ConnectWithClosedWindowAsync(mesh.Host.Client);
        for (int stream = 1; stream <= 7; stream += 2)
        {
            await outsider.GetAsync(stream, path);
            Assert.Equal((RawHttp2.Headers, stream), await outsider.ReadAsync(RawHttp2.Headers));
        }

        Assert.True((await mesh.SendAsync(null, path)).Body.Length > 10);

        // Each answer's time began before its headers were on their way.
        clock.Advance(TimeSpan.FromSeconds(61));
        var reset = new HashSet<int>();
        while (reset.Count < 4)
        {
            reset.Add((await outsider.ReadAsync(RawHttp2.Reset)).Stream);
        }

        (await mesh.SendAsync(null, "/api/v2/status")).Require();
    }

    [Fact]
    public void Answer_OfOneGeneration_IsMadeOnce()
    {
        int made = 0;
        var shared = new SharedAnswer<string>((json, value) =>
        {
            made++;
            json.WriteStringValue(value);
        });

        byte[] first = shared.Get("one");

        Assert.Same(first, shared.Get("one"));
        Assert.Equal("{\"status\":\"success\",\"data\":\"one\"}\n", Encoding.UTF8.GetString(first));
        Assert.NotSame(first, shared.Get(new string("one")));
        Assert.Equal(2, made);
    }

    [Fact]
    public async Task Manifest_AfterAnUpdate_IsTheNewOne()
    {
        await using GovernedMesh mesh = await GovernedMesh.StartAsync();
        string before = (await mesh.SendAsync(null, "/api/v2/manifest")).Body;
        Assert.Equal(before, (await mesh.SendAsync(null, "/api/v2/manifest")).Body);

        await mesh.UpdateAsync(m => m["Marbles"]!["web"]!["MaxActivations"] = 7);

        Assert.NotEqual(before, (await mesh.SendAsync(null, "/api/v2/manifest")).Body);
    }

    [Fact]
    public async Task Write_LargeAnswer_IsGivenAPieceAtATime()
    {
        using var server = new PiecewiseStream();
        await using var paced = new PacedStream(server, new DefaultHttpContext(), TimeSpan.FromMinutes(1), TimeProvider.System);
        byte[] answer = [.. Enumerable.Range(0, 100_000).Select(i => (byte)i)];

        Task writing = paced.WriteAsync(answer, Cancellation).AsTask();

        int given = 0;
        while (given < answer.Length)
        {
            Assert.Equal(answer.AsMemory(given, Math.Min(16_384, answer.Length - given)), server.Piece);
            Assert.False(writing.IsCompleted);
            given += server.Piece.Length;
            server.Take();
        }

        await writing;
    }

    [Fact]
    public async Task Scrape_ThatIsNotRead_DoesNotHoldUpOthers()
    {
        using var directory = new TemporaryDirectory();
        await using MonitoredHost host = await MonitoredHost.StartAsync(directory);
        var silent = new List<System.Net.Sockets.TcpClient>();
        for (int i = 0; i < 20; i++)
        {
            var tcp = new System.Net.Sockets.TcpClient { ReceiveBufferSize = 1 };
            silent.Add(tcp);
            await tcp.ConnectAsync(IPAddress.Loopback, host.Client.BaseAddress!.Port, Cancellation);
            await tcp.GetStream().WriteAsync("GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n"u8.ToArray(), Cancellation);
        }

        Assert.Contains("coordinator_state ", await host.GetAsync("/metrics"), StringComparison.Ordinal);
        silent.ForEach(s => s.Dispose());
    }

    private static void MakeLarge(JsonObject manifest) =>
        manifest["Marbles"]!["web"]!["Parameters"]!["Env"]!["LARGE"] = new string('x', 50_000);

    /// <summary>Takes a piece when the test says so.</summary>
    private sealed class PiecewiseStream : MemoryStream
    {
        private TaskCompletionSource _taken = new();

        public ReadOnlyMemory<byte> Piece { get; private set; }

        public void Take()
        {
            TaskCompletionSource taken = _taken;
            _taken = new TaskCompletionSource();
            taken.SetResult();
        }

        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
        {
            Piece = buffer;
            return new ValueTask(_taken.Task);
        }
    }
}
