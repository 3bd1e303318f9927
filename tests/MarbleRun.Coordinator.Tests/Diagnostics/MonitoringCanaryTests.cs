using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text;
using MarbleRun.Coordinator.Activation;
using MarbleRun.Protos;
using MarbleRun.TestSupport;
using Microsoft.Extensions.DependencyInjection;

namespace MarbleRun.Coordinator.Tests.Diagnostics;

public sealed class MonitoringCanaryTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    [Trait("Security", "E7")]
    public async Task MetricsEventsHealthAndTraces_OfTheWholeFlow_HoldNoSecret()
    {
        const string canary = "canary-in-a-manifest-value";
        var told = new ConcurrentQueue<string>();
        await using MonitoredHost host = await MonitoredHost.StartAsync(_directory);
        ActivitySource source = host.Host.Services.GetRequiredService<ActivationTelemetry>().Source;
        using var listener = new ActivityListener
        {
            ShouldListenTo = s => ReferenceEquals(s, source),
            Sample = (ref _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStopped = activity => told.Enqueue(TraceTests.Tell(activity)),
        };
        ActivitySource.AddActivityListener(listener);
        byte[] manifest = Encoding.UTF8.GetBytes(
            Encoding.UTF8.GetString(TestManifest.Create(host.Host)).Replace("{{ not a template }}", canary, StringComparison.Ordinal));
        using (HttpClient client = host.Host.CreateClient())
        {
            (await client.PostAsync(
                new Uri("/manifest", UriKind.Relative),
                new ByteArrayContent(manifest),
                TestContext.Current.CancellationToken)).EnsureSuccessStatusCode();
            await client.GetAsync(new Uri($"/{canary}?{canary}={canary}", UriKind.Relative), TestContext.Current.CancellationToken);
        }

        Parameters parameters = await MeshClient.ActivateAsync(host.Host, "web");
        await Assert.ThrowsAnyAsync<Exception>(() => MeshClient.ActivateAsync(host.Host, canary, uuid: canary));
        await Assert.ThrowsAnyAsync<Exception>(() => MeshClient.ActivateAsync(host.Host, "web", uuid: canary));
        await Assert.ThrowsAnyAsync<Exception>(() => MeshClient.ActivateAsync(host.Host, "unset"));
        foreach (string path in (string[])["/metrics", "/events", "/health/ready"])
        {
            told.Enqueue(await host.GetAsync(path));
        }

        byte[] shared = parameters.Files["/tmp/key"].ToByteArray();
        string[] canaries =
        [
            canary,
            Convert.ToHexString(shared), Convert.ToBase64String(shared),
            parameters.Env["PRIVATE"].ToStringUtf8(),
            parameters.Env["MARBLE_PREDEFINED_PRIVATE_KEY"].ToStringUtf8().Split('\n')[1],
        ];
        Assert.Equal(7, told.Count);
        Assert.All(canaries, secret => Assert.DoesNotContain(told, text => text.Contains(secret, StringComparison.OrdinalIgnoreCase)));
    }
}
