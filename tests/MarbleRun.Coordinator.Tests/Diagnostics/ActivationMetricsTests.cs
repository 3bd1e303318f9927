using Google.Protobuf;
using Grpc.Core;
using MarbleRun.Protos;
using MarbleRun.TestSupport;

namespace MarbleRun.Coordinator.Tests.Diagnostics;

public sealed class ActivationMetricsTests : MonitoredTest
{
    private const string Attempts = "coordinator_marble_activations_total";
    private const string Successes = "coordinator_marble_activations_success_total";
    private const string Rejections = "coordinator_marble_activations_rejected_total";
    private const string Unknown = "(unknown)";

    [Fact]
    [Case("observability", "No activation counters before an activation")]
    public async Task Activations_BeforeAny_HaveNoSeries()
    {
        Scrape scrape = await Monitored.ScrapeAsync();

        Assert.Empty(scrape.Values(Attempts));
        Assert.Empty(scrape.Values(Successes));
        Assert.Empty(scrape.Values(Rejections));
    }

    [Fact]
    [Case("observability", "Without a manifest an activation is an attempt and no success")]
    public async Task Activation_WithoutAManifest_CountsAnAttemptOfNoKnownTypeAndNoSuccess()
    {
        await Assert.ThrowsAsync<RpcException>(() => MeshClient.ActivateAsync(Host, "web"));

        Scrape scrape = await Monitored.ScrapeAsync();
        Assert.Equal(1, scrape.Value(Attempts, ("type", Unknown)));
        Assert.Empty(scrape.Values(Successes));
        Assert.Equal(1, scrape.Value(Rejections, ("type", Unknown), ("reason", "phase")));
    }

    [Fact]
    [Case("observability", "An activation is an attempt and a success")]
    public async Task Activation_ThatSucceeds_CountsAttemptSuccessVerdictAndTime()
    {
        await TestManifest.SetAsync(Host);
        await MeshClient.ActivateAsync(Host, "web");
        await MeshClient.ActivateAsync(Host, "web");
        await MeshClient.ActivateAsync(Host, "other");

        Scrape scrape = await Monitored.ScrapeAsync();
        Assert.Equal(2, scrape.Value(Attempts, ("type", "web")));
        Assert.Equal(2, scrape.Value(Successes, ("type", "web")));
        Assert.Equal(1, scrape.Value(Attempts, ("type", "other")));
        Assert.Equal(1, scrape.Value(Successes, ("type", "other")));
        Assert.Empty(scrape.Values(Rejections));
        Assert.Equal(3, scrape.Value("coordinator_quote_verdicts_total", ("verdict", "accepted")));
        Assert.Equal(3, scrape.Value("coordinator_marble_activation_duration_seconds_count", ("outcome", "success")));
    }

    [Fact]
    [Case("observability", "Beyond the limit an activation is an attempt alone")]
    public async Task Activation_BeyondTheLimit_CountsTheAttemptAlone()
    {
        await TestManifest.SetAsync(Host);
        await MeshClient.ActivateAsync(Host, "limited");
        await MeshClient.ActivateAsync(Host, "limited");
        await Assert.ThrowsAsync<RpcException>(() => MeshClient.ActivateAsync(Host, "limited"));

        Scrape scrape = await Monitored.ScrapeAsync();
        Assert.Equal(3, scrape.Value(Attempts, ("type", "limited")));
        Assert.Equal(2, scrape.Value(Successes, ("type", "limited")));
        Assert.Equal(1, scrape.Value(Rejections, ("type", "limited"), ("reason", "budget")));
        Assert.Equal(1, scrape.Value("coordinator_marble_activation_duration_seconds_count", ("outcome", "rejected")));
    }

    [Theory]
    [InlineData("web", "quote")]
    [InlineData("web", "uuid")]
    [InlineData("web", "csr")]
    [InlineData("named", "names")]
    [InlineData("unset", "parameters")]
    public async Task Activation_ThatIsRefused_IsCountedByItsReason(string marbleType, string reason)
    {
        await TestManifest.SetAsync(Host);

        await Assert.ThrowsAsync<RpcException>(() => MeshClient.ActivateAsync(Host, marbleType, request => Spoil(request, reason)));

        Scrape scrape = await Monitored.ScrapeAsync();
        Assert.Equal(1, scrape.Value(Rejections, ("type", marbleType), ("reason", reason)));
        Assert.Single(scrape.Values(Rejections));
        Assert.Equal(reason == "quote" ? 1 : 0, scrape.Values("coordinator_quote_verdicts_total", ("verdict", "malformed")).Sum());
    }

    [Fact]
    [Trait("Security", "E7")]
    public async Task Activation_OfAThousandMadeUpTypes_GivesOneSeries()
    {
        const int count = 1000;
        await TestManifest.SetAsync(Host);
        (System.Security.Cryptography.X509Certificates.X509Certificate2 certificate, _) = CoordinatorHost.CreateMarbleCredentials();
        using var client = new MeshClient(Host, certificate);

        for (int i = 0; i < count; i++)
        {
            await Assert.ThrowsAsync<RpcException>(
                () => client.CallAsync(new ActivationReq { MarbleType = $"made-up-{i}", UUID = $"made-up-{i}" }));
        }

        Scrape scrape = await Monitored.ScrapeAsync();
        Assert.Equal(count, scrape.Value(Attempts, ("type", Unknown)));
        Assert.Equal(count, scrape.Value(Rejections, ("type", Unknown), ("reason", "marble_type")));
        Assert.Single(scrape.Values(Attempts));
        Assert.Single(scrape.Values(Rejections));
        Assert.DoesNotContain("made-up", scrape.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Activation_OfAnotherCoordinatorInTheProcess_IsNotCounted()
    {
        using var directory = new TemporaryDirectory();
        await using MonitoredHost other = await MonitoredHost.StartAsync(directory);
        await TestManifest.SetAsync(other.Host);

        await MeshClient.ActivateAsync(other.Host, "web");

        Assert.Empty((await Monitored.ScrapeAsync()).Values(Attempts));
        Assert.Single((await other.ScrapeAsync()).Values(Attempts));
    }

    private static void Spoil(ActivationReq request, string reason)
    {
        switch (reason)
        {
            case "quote":
                request.Quote = ByteString.CopyFromUtf8("no quote");
                break;
            case "uuid":
                request.UUID = "no UUID";
                break;
            case "csr":
                request.CSR = ByteString.CopyFromUtf8("no CSR");
                break;
        }
    }
}
