using Grpc.Core;
using MarbleRun.Attestation;
using MarbleRun.Coordinator.Activation;
using MarbleRun.Coordinator.State.Stores;
using MarbleRun.TestSupport;
using Microsoft.Extensions.DependencyInjection;

namespace MarbleRun.Coordinator.Tests.Diagnostics;

/// <summary>Activations that end in the middle, for reasons that a Marble cannot bring about from outside.</summary>
public sealed class FailureMetricsTests : IDisposable
{
    private const string Rejections = "coordinator_marble_activations_rejected_total";

    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Theory]
    [InlineData("internal", "Unknown", "Error")]
    [InlineData("store", "Internal", "Warning")]
    [InlineData("cancelled", "Canceled", "Information")]
    [InlineData("infrastructure", "PermissionDenied", "Warning")]
    public async Task Activation_ThatEndsInTheMiddle_IsCountedByReasonAndCodeAndLogged(string reason, string code, string level)
    {
        await using MonitoredHost host = await MonitoredHost.StartAsync(
            _directory, services => services.AddSingleton<IQuoteVerifier>(new FailingVerifier(reason)));
        await TestManifest.SetAsync(host.Host);

        await Assert.ThrowsAsync<RpcException>(() => MeshClient.ActivateAsync(host.Host, "web"));

        Scrape scrape = await host.ScrapeAsync();
        Assert.Equal(1, scrape.Value(Rejections, ("type", "web"), ("reason", reason)));
        Assert.Single(scrape.Values(Rejections));
        Assert.Equal(1, scrape.Values("grpc_server_handled_total", ("grpc_code", code)).Single());
        Assert.Equal(1, scrape.Values("grpc_server_handled_total").Sum());
        Assert.Single(
            host.Host.Logs.Entries,
            e => e.StartsWith($"{level} ", StringComparison.Ordinal) && e.Contains("CallFinished", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Metrics_OfMoreTypesThanTheLimit_CountTheOthersTogether()
    {
        await using MonitoredHost host = await MonitoredHost.StartAsync(_directory);
        ActivationMetrics metrics = host.Host.Services.GetRequiredService<ActivationMetrics>();

        for (int i = 0; i < 3000; i++)
        {
            metrics.Started($"type-{i}");
        }

        Scrape scrape = await host.ScrapeAsync();
        double[] values = scrape.Values("coordinator_marble_activations_total");
        Assert.InRange(values.Length, 1, 2001);
        Assert.Equal(3000, values.Sum());
        Assert.InRange(scrape.Value("coordinator_marble_activations_total", ("otel_metric_overflow", "true")), 999, 1001);
    }

    private sealed class FailingVerifier(string reason) : IQuoteVerifier
    {
        public ValueTask<Verdict> VerifyAsync(
            Quote quote, QuoteExpectation expectation, CancellationToken cancellationToken = default) => reason switch
            {
                "infrastructure" => ValueTask.FromResult(
                    Verdict.Reject(
                        VerdictReason.Policy,
                        claims: null,
                        [new VerdictCheck("platform.infrastructure", VerdictCheckOutcome.Failed) { Expected = "a", Found = "b" }])),
                "store" => throw new StateStoreException("no disk"),
                "cancelled" => throw new OperationCanceledException(),
                _ => throw new InvalidOperationException("a fault"),
            };
    }
}
