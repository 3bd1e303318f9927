using System.Net;
using System.Net.Sockets;
using MarbleRun.AspNetCore;
using MarbleRun.Identity;
using MarbleRun.Tests.Tls;
using MarbleRun.TestSupport;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace MarbleRun.Tests.AspNetCore;

/// <summary>A Marble that lets in Marbles alone can be probed by who has no certificate.</summary>
public sealed class HealthPortTests : IDisposable
{
    private readonly WaitingClock _clock = new();
    private readonly TestAuthority _authority;
    private readonly TcpListener _coordinator = new(IPAddress.Loopback, 0);

    public HealthPortTests()
    {
        _authority = new TestAuthority(_clock);
        _coordinator.Start();
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        _authority.Dispose();
        _coordinator.Dispose();
    }

    [Theory]
    [InlineData("/health/live", HttpStatusCode.OK, "This process answers.")]
    [InlineData("/health/ready", HttpStatusCode.OK, "Healthy: This is Marble 'backend'")]
    [InlineData("/", HttpStatusCode.NotFound, "There are /health/live and /health/ready.")]
    [InlineData("/frontend", HttpStatusCode.NotFound, "There are /health/live and /health/ready.")]
    public async Task Probe_WithoutCertificate_GetsHealthAndNothingOfTheApp(string path, HttpStatusCode status, string text)
    {
        await using MarbleServer server = await StartAsync();
        using HttpClient probe = CreateProbe(server);

        using HttpResponseMessage response = await probe.GetAsync(path, Token);

        Assert.Equal(status, response.StatusCode);
        Assert.StartsWith(text, await response.Content.ReadAsStringAsync(Token), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Ready_CertificateEnded_Is503WithBothTimes()
    {
        await using MarbleServer server = await StartAsync();
        using HttpClient probe = CreateProbe(server);
        MarbleIdentity identity = server.Services.GetRequiredService<IMarbleIdentityProvider>().Current;

        _clock.SetUtcNow(identity.NotAfter.AddHours(1));
        using HttpResponseMessage response = await probe.GetAsync("/health/ready", Token);

        Assert.Equal(HttpStatusCode.ServiceUnavailable, response.StatusCode);
        string text = await response.Content.ReadAsStringAsync(Token);
        Assert.Contains($"to {identity.NotAfter:u}", text, StringComparison.Ordinal);
        Assert.Contains($"the clock of this machine says {_clock.GetUtcNow():u}", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Ready_LastTenthOfTheCertificate_IsDegradedAndStillReady()
    {
        await using MarbleServer server = await StartAsync();
        using HttpClient probe = CreateProbe(server);
        MarbleIdentity identity = server.Services.GetRequiredService<IMarbleIdentityProvider>().Current;

        _clock.SetUtcNow(identity.NotAfter - ((identity.NotAfter - identity.NotBefore) / 20));

        Assert.StartsWith(
            "Degraded: The certificate of this Marble ends at",
            await probe.GetStringAsync("/health/ready", Token),
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task Ready_CoordinatorGone_IsDegradedAndAsksOnlyTwiceAMinute()
    {
        await using MarbleServer server = await StartAsync();
        using HttpClient probe = CreateProbe(server);
        await probe.GetStringAsync("/health/ready", Token);

        _coordinator.Dispose();
        Assert.StartsWith("Healthy", await probe.GetStringAsync("/health/ready", Token), StringComparison.Ordinal);
        _clock.Advance(TimeSpan.FromSeconds(30));

        string text = await probe.GetStringAsync("/health/ready", Token);
        Assert.StartsWith("Degraded: The Coordinator at ", text, StringComparison.Ordinal);
        Assert.Contains("Connection refused", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Ready_CheckOfTheAppFails_Is503WithItsNameButNotItsWords()
    {
        await using MarbleServer server = await StartAsync(services => services.AddHealthChecks()
            .AddMarble()
            .AddCheck("database", () => HealthCheckResult.Unhealthy("the password canary was refused")));
        using HttpClient probe = CreateProbe(server);

        using HttpResponseMessage response = await probe.GetAsync("/health/ready", Token);

        string text = await response.Content.ReadAsStringAsync(Token);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, response.StatusCode);
        Assert.Contains("Unhealthy: database", text, StringComparison.Ordinal);
        Assert.Contains("Healthy: marble", text, StringComparison.Ordinal);
        Assert.DoesNotContain("canary", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Ready_ManyProbesAtOnce_RunTheChecksOnce()
    {
        var gate = new TaskCompletionSource();
        var asked = new TaskCompletionSource();
        int count = 0;
        await using MarbleServer server = await StartAsync(services => services.AddHealthChecks().AddAsyncCheck("database", async () =>
        {
            Interlocked.Increment(ref count);
            asked.TrySetResult();
            await gate.Task;
            return HealthCheckResult.Healthy();
        }));
        using HttpClient probe = CreateProbe(server);
        Task<string>[] probes = [.. Enumerable.Range(0, 10).Select(_ => probe.GetStringAsync("/health/ready", Token))];
        await asked.Task.WaitAsync(Token);

        // One who leaves does not end it for the others.
        using var leaving = new CancellationTokenSource();
        Task<string> left = probe.GetStringAsync("/health/ready", leaving.Token);
        await leaving.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => left);
        gate.SetResult();

        Assert.All(await Task.WhenAll(probes), text => Assert.Contains("Healthy: database", text, StringComparison.Ordinal));
        await probe.GetStringAsync("/health/ready", Token);
        Assert.Equal(1, count);
        _clock.Advance(TimeSpan.FromSeconds(1));
        await probe.GetStringAsync("/health/ready", Token);
        Assert.Equal(2, count);
    }

    [Fact]
    public async Task Ready_ChecksThatNeverAnswer_Are503AndAskedAgain()
    {
        using var asked = new SemaphoreSlim(0);
        await using MarbleServer server = await StartAsync(services => services.AddHealthChecks().AddAsyncCheck("database", async () =>
        {
            asked.Release();
            await new TaskCompletionSource().Task;
            return HealthCheckResult.Healthy();
        }));
        using HttpClient probe = CreateProbe(server);
        for (int i = 0; i < 2; i++)
        {
            Task<HttpResponseMessage> answer = probe.GetAsync("/health/ready", Token);
            await asked.WaitAsync(Token);
            while (!answer.IsCompleted)
            {
                _clock.Advance(TimeSpan.FromSeconds(30));
                await Task.Yield();
            }

            using HttpResponseMessage response = await answer;
            Assert.Equal(HttpStatusCode.ServiceUnavailable, response.StatusCode);
            Assert.Contains("did not answer within 30 seconds", await response.Content.ReadAsStringAsync(Token), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Connections_OfOneAddress_AreBoundedAndLeaveRoomToOthers()
    {
        await using MarbleServer server = await StartAsync();
        Uri address = server.Services.GetRequiredService<HealthPort>().Address!;
        TcpClient[] held = [.. Enumerable.Range(0, HealthPort.MostOfAnAddress).Select(_ => new TcpClient())];
        foreach (TcpClient tcp in held)
        {
            await tcp.ConnectAsync(IPAddress.Loopback, address.Port, Token);
        }

        // The server counts a connection when it takes it from the system, which can be later than the client's end of the connect.
        await Assert.ThrowsAsync<HttpRequestException>(async () =>
        {
            while (true)
            {
                using HttpClient refused = CreateProbe(server);
                await refused.GetStringAsync("/health/live", Token);
            }
        });
        using var handler = new SocketsHttpHandler
        {
            ConnectCallback = async (_, token) =>
            {
                var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
                socket.Bind(new IPEndPoint(IPAddress.Parse("127.0.0.2"), 0));
                await socket.ConnectAsync(IPAddress.Loopback, address.Port, token);
                return new NetworkStream(socket, ownsSocket: true);
            },
        };
        using var other = new HttpClient(handler) { BaseAddress = address };
        Assert.StartsWith("This process answers.", await other.GetStringAsync("/health/live", Token), StringComparison.Ordinal);
        Array.ForEach(held, h => h.Dispose());
    }

    [Fact]
    public async Task Https_BesideTheHealthPort_StillRefusesWhoShowsNoCertificate()
    {
        await using MarbleServer server = await StartAsync();
        using HttpClient outsider = server.CreateOutsider();

        await Assert.ThrowsAsync<HttpRequestException>(() => outsider.GetStringAsync("/health/live", Token));
    }

    private static HttpClient CreateProbe(MarbleServer server) =>
        new() { BaseAddress = server.Services.GetRequiredService<HealthPort>().Address };

    private Task<MarbleServer> StartAsync(Action<IServiceCollection>? configure = null) =>
        MarbleServer.StartAsync(TestIdentities.Create(_authority, "backend"), _clock, builder =>
        {
            builder.Services.Configure<MarbleRun.MarbleOptions>(o =>
            {
                o.HealthAddress = "127.0.0.1:0";
                o.CoordinatorAddress = $"127.0.0.1:{((IPEndPoint)_coordinator.LocalEndpoint).Port}";
            });
            configure?.Invoke(builder.Services);
        });
}
