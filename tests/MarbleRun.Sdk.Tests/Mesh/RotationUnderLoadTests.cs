using System.Diagnostics;
using System.Globalization;
using System.Net;
using Grpc.Core;
using Grpc.Net.Client;
using MarbleRun.Http;
using MarbleRun.Identity;
using MarbleRun.Tests.Http;
using MarbleRun.TestSupport;

namespace MarbleRun.Tests.Mesh;

/// <summary>
/// Certificates are replaced while clients call. The run is short; <c>MARBLERUN_ROTATION_SECONDS</c> and <c>MARBLERUN_ROTATION_CLIENTS</c>
/// make it as long and as heavy as wanted.
/// </summary>
public sealed class RotationUnderLoadTests(ITestOutputHelper output)
{
    private static readonly TimeSpan s_duration = TimeSpan.FromSeconds(Read("MARBLERUN_ROTATION_SECONDS", 8));
    private static readonly int s_clients = Read("MARBLERUN_ROTATION_CLIENTS", 6);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    [Trait("Security", "D5")]
    public async Task Renewals_UnderLoadAndARestartOfTheCoordinator_FailNoRequestAndLeaveFewConnections()
    {
        await using RotatingMesh mesh = await RotatingMesh.StartAsync();
        var load = new Load(mesh);
        var watch = Stopwatch.StartNew();
        using var end = CancellationTokenSource.CreateLinkedTokenSource(Token);
        end.CancelAfter(s_duration);

        Task[] clients = [.. Enumerable.Range(0, s_clients).Select(i => Task.Run(() => (i % 3) switch
        {
            0 => load.CallAsync(HttpVersion.Version11, end.Token),
            1 => load.CallAsync(HttpVersion.Version20, end.Token),
            _ => load.ConverseAsync(end.Token),
        }))];
        Task restart = RestartAsync(mesh, s_duration / 2, end.Token);
        await Task.WhenAll(clients);
        await restart;
        int renewals = mesh.Renewals;

        output.WriteLine(
            $"{watch.Elapsed.TotalSeconds:0.0} s, {s_clients} clients: {load.Calls} calls, {load.Messages} messages of "
            + $"{load.Conversations} conversations, {renewals} renewals; connections: {mesh.Connections.Most} at most, "
            + $"{mesh.Connections.Open} at the end, {mesh.Connections.Total} in all.");
        foreach (string fault in mesh.Faults)
        {
            output.WriteLine(fault);
        }

        Assert.True(load.Calls > 0 && load.Messages > 0);

        // Both Marbles, every second and a half or so; a third of that is enough on a machine that is busy.
        Assert.True(renewals >= s_duration.TotalSeconds / 2, $"only {renewals} renewals");

        // Two generations of each client's pool at a time, and conversations that began under an earlier one.
        Assert.InRange(mesh.Connections.Most, 1, s_clients * 3);
        load.Dispose();
        await mesh.Connections.WaitForAsync(0, Token);
    }

    [Fact]
    [Trait("Security", "D5")]
    public async Task UpdateWithOverlap_UnderLoad_FailsNoRequestAndLeadsToTheNewAuthority()
    {
        await using RotatingMesh mesh = await RotatingMesh.StartAsync(TimeSpan.FromHours(24));
        using var load = new Load(mesh);
        string[] before = [.. mesh.Identities.Select(i => i.Fingerprint)];
        string authority = mesh.Identities.First().MarbleRoot.Thumbprint;
        using var end = CancellationTokenSource.CreateLinkedTokenSource(Token);
        Task[] clients =
        [
            Task.Run(() => load.CallAsync(HttpVersion.Version11, end.Token), Token),
            Task.Run(() => load.CallAsync(HttpVersion.Version20, end.Token), Token),
            Task.Run(() => load.ConverseAsync(end.Token), Token),
        ];

        await Task.Delay(TimeSpan.FromSeconds(1), Token);
        await mesh.UpdateManifestAsync(overlap: "1h");
        await WaitAsync(() => mesh.Identities.All(i => i.MarbleRoot.Thumbprint != authority));
        int calls = load.Calls;
        await Task.Delay(TimeSpan.FromSeconds(1), Token);
        await end.CancelAsync();
        await Task.WhenAll(clients);

        output.WriteLine($"{load.Calls} calls, {load.Messages} messages of {load.Conversations} conversations.");
        Assert.InRange(calls, 1, load.Calls - 1);
        Assert.True(load.Conversations > 0);
        Assert.Equal(2, before.Except(mesh.Identities.Select(i => i.Fingerprint)).Count());
        Assert.Single(mesh.Identities.Select(i => i.MarbleRoot.Thumbprint).Distinct());
        Assert.DoesNotContain(mesh.Faults, f => f.Contains("ActivatingAgain", StringComparison.Ordinal));
    }

    [Fact]
    [Trait("Security", "D5")]
    public async Task UpdateWithoutOverlap_MarblesAreActivatedAgainAndTalkWithoutARestart()
    {
        await using RotatingMesh mesh = await RotatingMesh.StartAsync(TimeSpan.FromHours(24));
        using var client = new HttpClient(MarbleHttp.CreateHandler(mesh.Services, MarblePeerPolicy.AllowTypes("backend")));
        Assert.Equal("ok", await client.GetStringAsync(mesh.Backend, Token));
        Guid[] ids = [.. mesh.Identities.Select(i => i.Id)];
        string authority = mesh.Identities.First().MarbleRoot.Thumbprint;

        await mesh.UpdateManifestAsync(overlap: string.Empty);
        await WaitAsync(() => mesh.Identities.All(i => i.MarbleRoot.Thumbprint != authority && !i.IsOutdated));

        Assert.Equal("ok", await client.GetStringAsync(mesh.Backend, Token));
        Assert.Equal(ids, mesh.Identities.Select(i => i.Id));
        Assert.Equal(2, mesh.Faults.Count(f => f.Contains("ActivatingAgain", StringComparison.Ordinal)));
    }

    private static async Task WaitAsync(Func<bool> condition)
    {
        for (int i = 0; i < 1500 && !condition(); i++)
        {
            await Task.Delay(20, Token);
        }

        Assert.True(condition());
    }

    private static async Task RestartAsync(RotatingMesh mesh, TimeSpan after, CancellationToken cancellationToken)
    {
        await Task.Delay(after, cancellationToken);
        await mesh.RestartCoordinatorAsync();
    }

    private static int Read(string variable, int other) =>
        int.TryParse(Environment.GetEnvironmentVariable(variable), CultureInfo.InvariantCulture, out int value) ? value : other;

    /// <summary>Clients of one process, which share a pool for each version of HTTP as an app's do.</summary>
    private sealed class Load : IDisposable
    {
        private static readonly TimeSpan s_pause = TimeSpan.FromMilliseconds(20);
        private static readonly TimeSpan s_conversation = TimeSpan.FromMilliseconds(700);

        private readonly Uri _backend;
        private readonly HttpClient _client;
        private readonly GrpcChannel _channel;
        private int _calls;
        private int _messages;
        private int _conversations;

        public Load(RotatingMesh mesh)
        {
            _backend = mesh.Backend;
            var policy = MarblePeerPolicy.AllowTypes("backend");
            _client = new HttpClient(MarbleHttp.CreateHandler(mesh.Services, policy));
            _channel = GrpcChannel.ForAddress(mesh.Backend, new GrpcChannelOptions
            {
                HttpHandler = MarbleHttp.CreateHandler(mesh.Services, policy),
                DisposeHttpClient = true,
            });
        }

        public int Calls => _calls;

        public int Messages => _messages;

        public int Conversations => _conversations;

        public async Task CallAsync(Version version, CancellationToken end)
        {
            while (!end.IsCancellationRequested)
            {
                using var request = new HttpRequestMessage(HttpMethod.Get, _backend)
                {
                    Version = version,
                    VersionPolicy = HttpVersionPolicy.RequestVersionExact,
                };
                using HttpResponseMessage response = await _client.SendAsync(request, Token);
                response.EnsureSuccessStatusCode();
                Assert.Equal("ok", await response.Content.ReadAsStringAsync(Token));
                Interlocked.Increment(ref _calls);
                await Task.Delay(s_pause, Token);
            }
        }

        /// <summary>
        /// Some conversations begin under one identity and end under the next. A stream may run for 30 seconds after the end of a
        /// certificate, which are 1.5 by the clock of this mesh.
        /// </summary>
        public async Task ConverseAsync(CancellationToken end)
        {
            var client = new Greeter.GreeterClient(_channel);
            while (!end.IsCancellationRequested)
            {
                using AsyncDuplexStreamingCall<GreetRequest, GreetReply> call = client.Converse(cancellationToken: Token);
                var watch = Stopwatch.StartNew();
                for (int i = 0; watch.Elapsed < s_conversation && !end.IsCancellationRequested; i++)
                {
                    await call.RequestStream.WriteAsync(new GreetRequest { Name = $"{i}" }, Token);
                    Assert.True(await call.ResponseStream.MoveNext(Token));
                    Assert.Equal($"{i}", call.ResponseStream.Current.Greeting);
                    Interlocked.Increment(ref _messages);
                    await Task.Delay(s_pause, Token);
                }

                await call.RequestStream.CompleteAsync();
                Assert.False(await call.ResponseStream.MoveNext(Token));
                Interlocked.Increment(ref _conversations);
            }
        }

        public void Dispose()
        {
            _client.Dispose();
            _channel.Dispose();
        }
    }
}
