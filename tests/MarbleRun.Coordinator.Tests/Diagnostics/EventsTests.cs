using System.Security.Cryptography;
using System.Text.Json;
using Google.Protobuf;
using MarbleRun.Attestation;
using MarbleRun.Coordinator.Activation;
using MarbleRun.Coordinator.Diagnostics;
using MarbleRun.TestSupport;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;

namespace MarbleRun.Coordinator.Tests.Diagnostics;

public sealed class EventsTests : MonitoredTest
{
    [Fact]
    [Case("observability", "Events before the first activation")]
    public async Task Events_BeforeAnyActivation_AreAnEmptyArray() => Assert.Equal("[]\n", await Monitored.GetAsync("/events"));

    [Fact]
    [Case("observability", "Events after an activation, with its quote")]
    public async Task Events_AfterAnActivation_TellWhoAndByWhichQuote()
    {
        await TestManifest.SetAsync(Host);
        string uuid = Guid.NewGuid().ToString();
        byte[] evidence = [];
        DateTimeOffset before = DateTimeOffset.UtcNow;

        await MeshClient.ActivateAsync(Host, "web", request => evidence = request.Quote.ToByteArray(), uuid.ToUpperInvariant());

        using JsonDocument json = JsonDocument.Parse(await Monitored.GetAsync("/events"));
        JsonElement entry = Assert.Single(json.RootElement.EnumerateArray());
        Assert.Equal(["time", "activation"], entry.EnumerateObject().Select(m => m.Name));
        Assert.InRange(entry.GetProperty("time").GetDateTimeOffset(), before, DateTimeOffset.UtcNow);
        JsonElement activation = entry.GetProperty("activation");
        Assert.Equal(["marbleType", "uuid", "quote", "quoteSha256"], activation.EnumerateObject().Select(m => m.Name));
        Assert.Equal("web", activation.GetProperty("marbleType").GetString());
        Assert.Equal(uuid, activation.GetProperty("uuid").GetString());
        Assert.Equal(JsonValueKind.Null, activation.GetProperty("quote").ValueKind);
        Assert.Equal(
            Convert.ToHexStringLower(SHA256.HashData(Quote.FromEvidence(evidence).RawData.Span)),
            activation.GetProperty("quoteSha256").GetString());
    }

    [Fact]
    public async Task Events_AfterARefusedActivation_AreWithoutIt()
    {
        await TestManifest.SetAsync(Host);
        await Assert.ThrowsAnyAsync<Exception>(() => MeshClient.ActivateAsync(Host, "named"));

        Assert.Equal("[]\n", await Monitored.GetAsync("/events"));
    }

    [Fact]
    [Case("observability", "Events after an activation without a quote")]
    public async Task Events_OfAnEmptyQuote_HaveNoHash()
    {
        await TestManifest.SetAsync(Host);
        await MeshClient.ActivateAsync(Host, "web", request => request.Quote = ByteString.Empty);

        Assert.Contains("\"quote\":null,\"quoteSha256\":null}", await Monitored.GetAsync("/events"), StringComparison.Ordinal);
    }

    [Fact]
    public void Log_ThatIsFull_ForgetsTheOldestFirst()
    {
        var log = new ActivationEventLog();
        for (int i = 0; i < ActivationEventLog.Capacity + 5; i++)
        {
            log.Add(new ActivationEvent(default, $"{i}", Guid.Empty, QuoteSha256: null));
        }

        ActivationEvent[] events = log.Snapshot();
        Assert.Equal(Enumerable.Range(5, ActivationEventLog.Capacity).Select(i => $"{i}"), events.Select(e => e.MarbleType));
    }

    [Fact]
    [Case("observability", "Events read while they are written")]
    public async Task Log_ReadWhileItIsWritten_IsAlwaysInOrderAndWithoutHoles()
    {
        var log = new ActivationEventLog();
        Task writer = Task.Run(
            () =>
            {
                for (int i = 0; i < 20_000; i++)
                {
                    log.Add(new ActivationEvent(DateTimeOffset.UnixEpoch.AddTicks(i), "web", Guid.Empty, QuoteSha256: null));
                }
            },
            TestContext.Current.CancellationToken);

        do
        {
            ActivationEvent[] events = log.Snapshot();
            Assert.All(events.Zip(events.Skip(1)), pair => Assert.Equal(pair.First.Time.Ticks + 1, pair.Second.Time.Ticks));
        }
        while (!writer.IsCompleted);
        await writer;
    }

    [Fact]
    public void Event_OfAnActivation_HasTheTimeOfTheClock()
    {
        var clock = new FakeTimeProvider(new DateTimeOffset(2030, 1, 2, 3, 4, 5, TimeSpan.Zero));
        var log = new ActivationEventLog();
        using var telemetry = new ActivationTelemetry(Host.Services.GetRequiredService<ActivationMetrics>(), log, clock);

        using (ActivationObservation observation = telemetry.Begin("web"))
        {
            observation.Succeeded(Guid.NewGuid(), Quote.FromRaw([]));
        }

        Assert.Equal(clock.GetUtcNow(), Assert.Single(log.Snapshot()).Time);
    }
}
