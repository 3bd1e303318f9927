using System.Collections.Concurrent;
using System.Diagnostics;
using Google.Protobuf;
using Grpc.Core;
using MarbleRun.Coordinator.Activation;
using MarbleRun.Coordinator.Diagnostics;
using MarbleRun.Protos;
using MarbleRun.TestSupport;
using Microsoft.Extensions.DependencyInjection;

namespace MarbleRun.Coordinator.Tests.Diagnostics;

public sealed class TraceTests : RunningCoordinatorTest
{
    private readonly ConcurrentQueue<Activity> _activities = [];
    private ActivityListener _listener = null!;

    public override async ValueTask InitializeAsync()
    {
        await base.InitializeAsync();
        ActivitySource source = Host.Services.GetRequiredService<ActivationTelemetry>().Source;
        Assert.Equal(CoordinatorTelemetry.ActivitySourceName, source.Name);
        _listener = new ActivityListener
        {
            ShouldListenTo = s => ReferenceEquals(s, source),
            Sample = (ref _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStopped = _activities.Enqueue,
        };
        ActivitySource.AddActivityListener(_listener);
        await TestManifest.SetAsync(Host);
    }

    public override async ValueTask DisposeAsync()
    {
        _listener.Dispose();
        await base.DisposeAsync();
    }

    [Fact]
    public async Task Trace_OfAnActivation_HasTypeInstanceOutcomeAndEveryCheck()
    {
        string uuid = Guid.NewGuid().ToString();
        await MeshClient.ActivateAsync(Host, "web", uuid: uuid);

        Activity activity = Assert.Single(_activities);
        Assert.Equal("marble.activate", activity.OperationName);
        Assert.Equal("web", activity.GetTagItem("marblerun.marble.type"));
        Assert.Equal(uuid, activity.GetTagItem("marblerun.marble.uuid"));
        Assert.Equal("success", activity.GetTagItem("marblerun.activation.outcome"));
        Assert.Equal("accepted", activity.GetTagItem("marblerun.verdict"));
        Assert.Equal(ActivityStatusCode.Unset, activity.Status);
        Assert.NotEmpty(activity.Events);
        Assert.All(activity.Events, e =>
        {
            Assert.Equal("marblerun.verdict.check", e.Name);
            Assert.Equal(["code", "outcome"], e.Tags.Select(t => t.Key));
            Assert.Equal("passed", e.Tags.Single(t => t.Key == "outcome").Value);
        });
    }

    [Fact]
    public async Task Trace_OfARefusedQuote_NamesTheFailedCheckAsTheLogDoes()
    {
        await Assert.ThrowsAsync<RpcException>(() => MeshClient.ActivateAsync(Host, "web", request => Flip(request)));

        Activity activity = Assert.Single(_activities);
        Assert.Equal("rejected", activity.GetTagItem("marblerun.activation.outcome"));
        Assert.Equal("quote", activity.GetTagItem("marblerun.activation.reason"));
        Assert.Equal((ActivityStatusCode.Error, "quote"), (activity.Status, activity.StatusDescription));
        Assert.Null(activity.GetTagItem("marblerun.marble.uuid"));
        ActivityEvent failed = Assert.Single(activity.Events, e => e.Tags.Contains(new("outcome", "failed")));
        var tags = failed.Tags.ToDictionary(t => t.Key, t => t.Value as string);
        Assert.Contains(
            Host.Logs.Entries,
            e => e.Contains("QuoteRefused", StringComparison.Ordinal) && e.Contains(tags["code"]!, StringComparison.Ordinal));
        Assert.Contains(
            Host.Logs.Entries,
            e => e.Contains("QuoteRefused", StringComparison.Ordinal) && e.Contains(tags["found"]!, StringComparison.Ordinal));
    }

    [Fact]
    [Trait("Security", "E7")]
    public async Task Trace_OfAMadeUpType_DoesNotRepeatIt()
    {
        await Assert.ThrowsAsync<RpcException>(() => MeshClient.ActivateAsync(Host, "made-up", uuid: "made-up"));

        Activity activity = Assert.Single(_activities);
        Assert.Equal("(unknown)", activity.GetTagItem("marblerun.marble.type"));
        Assert.Equal("marble_type", activity.GetTagItem("marblerun.activation.reason"));
        Assert.DoesNotContain("made-up", Tell(activity), StringComparison.Ordinal);
    }

    /// <summary>Every text that a listener of the trace sees.</summary>
    internal static string Tell(Activity activity) => string.Join(
        '\n',
        [
            activity.OperationName,
            activity.DisplayName,
            activity.StatusDescription,
            .. activity.TagObjects.Select(t => $"{t.Key}={t.Value}"),
            .. activity.Baggage.Select(b => $"{b.Key}={b.Value}"),
            .. activity.Events.SelectMany(e => e.Tags.Select(t => $"{e.Name} {t.Key}={t.Value}")),
        ]);

    private static void Flip(ActivationReq request)
    {
        byte[] evidence = request.Quote.ToByteArray();

        // In the report data: the quote is well formed, but its signature no longer fits.
        evidence[16 + 48 + 320] ^= 1;
        request.Quote = ByteString.CopyFrom(evidence);
    }
}
