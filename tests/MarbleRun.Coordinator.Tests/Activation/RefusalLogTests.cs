using Google.Protobuf;
using Grpc.Core;
using MarbleRun.Coordinator.Audit;
using MarbleRun.TestSupport;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;

namespace MarbleRun.Coordinator.Tests.Activation;

/// <summary>What unauthenticated callers can write into the log by activations that are refused.</summary>
[Trait("Security", "G2")]
public sealed class RefusalLogTests : IAsyncLifetime
{
    private const int Extra = 7;

    private readonly CoordinatorMachine _machine = new();
    private readonly FakeTimeProvider _clock = new(TimeProvider.System.GetUtcNow());

    private RecordingLogs Logs => _machine.Host.Logs;

    public async ValueTask InitializeAsync()
    {
        await _machine.StartHostAsync(
            services => services.AddSingleton<TimeProvider>(_clock), ("RequireQuote", "true"));
        await TestManifest.SetAsync(_machine.Host);
    }

    public async ValueTask DisposeAsync() => await _machine.DisposeAsync();

    /// <summary>Each caller has a certificate of its own, and evidence that no platform made.</summary>
    [Fact]
    public async Task Activate_ForgedEvidenceWithoutEnd_WritesABoundedLog()
    {
        for (int i = 0; i < UnknownCallerLimit.PerMinute + Extra; i++)
        {
            await ForgeAsync();
        }

        Assert.Equal(
            (UnknownCallerLimit.PerMinute, UnknownCallerLimit.PerMinute), (Count(" ActivationRefused: "), Count(" QuoteRefused: ")));
        Assert.Equal((0, 0), (Count("RefusalsOmitted"), Count("QuotesOmitted")));

        // The first of the next minute says how many were left out.
        _clock.Advance(TimeSpan.FromMinutes(1));
        await ForgeAsync();

        Assert.Equal(UnknownCallerLimit.PerMinute + 1, Count(" ActivationRefused: "));
        Assert.Equal(1, Count($" ActivationRefusalsOmitted: {Extra} more activations were refused"));
        Assert.Equal(1, Count($" QuoteRefusalsOmitted: {Extra} more quotes were refused"));
    }

    private int Count(string text) => Logs.Entries.Count(e => e.Contains(text, StringComparison.Ordinal));

    private async Task ForgeAsync()
    {
        RpcException refused = await Assert.ThrowsAsync<RpcException>(() => MeshClient.ActivateAsync(_machine.Host, "web", request =>
        {
            byte[] forged = request.Quote.ToByteArray();
            forged[200] ^= 1;
            request.Quote = ByteString.CopyFrom(forged);
        }));
        Assert.Contains("invalid quote", refused.Status.Detail, StringComparison.Ordinal);
        Assert.Equal(StatusCode.PermissionDenied, refused.StatusCode);
    }
}
