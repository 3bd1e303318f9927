using System.Security.Cryptography.X509Certificates;
using Grpc.Core;
using MarbleRun.Coordinator.Activation;
using MarbleRun.Protos;
using MarbleRun.TestSupport;
using Microsoft.Extensions.Logging;

namespace MarbleRun.Coordinator.Tests.Diagnostics;

public sealed class GrpcMetricsTests : MonitoredTest
{
    private static readonly (string, string)[] s_activate =
    [
        ("grpc_type", "unary"),
        ("grpc_service", "rpc.Marble"),
        ("grpc_method", "Activate"),
    ];

    [Fact]
    public async Task Calls_BeforeAny_AreZeroForEveryCode()
    {
        Scrape scrape = await Monitored.ScrapeAsync();

        Assert.Equal(Enumerable.Repeat(0.0, 17), scrape.Values("grpc_server_handled_total", s_activate));
        Assert.Equal(
            [
                "OK", "Canceled", "Unknown", "InvalidArgument", "DeadlineExceeded", "NotFound", "AlreadyExists", "PermissionDenied",
                "ResourceExhausted",
             "FailedPrecondition", "Aborted", "OutOfRange", "Unimplemented", "Internal", "Unavailable",
                "DataLoss", "Unauthenticated",
            ],
            scrape.LabelValues("grpc_server_handled_total", "grpc_code"));
        Assert.Equal(0, scrape.Value("grpc_server_started_total", s_activate));
    }

    [Fact]
    public async Task Call_RefusedAndAnswered_IsCountedByCode()
    {
        await Assert.ThrowsAsync<RpcException>(() => MeshClient.ActivateAsync(Host, "web"));
        await TestManifest.SetAsync(Host);
        await MeshClient.ActivateAsync(Host, "web");

        Scrape scrape = await Monitored.ScrapeAsync();
        Assert.Equal(1, scrape.Value("grpc_server_handled_total", [.. s_activate, ("grpc_code", "OK")]));
        Assert.Equal(1, scrape.Value("grpc_server_handled_total", [.. s_activate, ("grpc_code", "FailedPrecondition")]));
        Assert.Equal(2, scrape.Value("grpc_server_started_total", s_activate));
        Assert.Equal(2, scrape.Value("grpc_server_msg_received_total", s_activate));
        Assert.Equal(2, scrape.Value("grpc_server_msg_sent_total", s_activate));
    }

    [Fact]
    public async Task Call_OfAMadeUpMethod_MakesNoSeries()
    {
        (X509Certificate2 certificate, _) = CoordinatorHost.CreateMarbleCredentials();
        using var client = new MeshClient(Host, certificate);
        await Assert.ThrowsAsync<RpcException>(() => client.CallAsync(new ActivationReq(), "rpc.MadeUp", "MadeUp"));
        await Assert.ThrowsAsync<RpcException>(() => client.CallAsync(new ActivationReq(), "rpc.Marble", "MadeUp"));

        Scrape scrape = await Monitored.ScrapeAsync();
        Assert.Single(scrape.Values("grpc_server_started_total"));
        Assert.DoesNotContain("MadeUp", scrape.Text, StringComparison.Ordinal);
    }

    [Fact]
    [Case("observability", "Fields of the line that a call started")]
    [Case("observability", "Fields of the line that a call finished")]
    public async Task Log_OfACall_HasAStartAndAFinishWithTheirFields()
    {
        await Assert.ThrowsAsync<RpcException>(() => MeshClient.ActivateAsync(Host, "web"));

        string started = Assert.Single(Host.Logs.Entries, e => e.Contains("CallStarted", StringComparison.Ordinal));
        Assert.StartsWith("Debug ", started, StringComparison.Ordinal);
        Assert.Contains("[Service=rpc.Marble; Method=Activate; Peer=ipv4:127.0.0.1:", started, StringComparison.Ordinal);
        string finished = Assert.Single(Host.Logs.Entries, e => e.Contains("CallFinished", StringComparison.Ordinal));
        Assert.StartsWith("Warning ", finished, StringComparison.Ordinal);
        Assert.Contains("[Service=rpc.Marble; Method=Activate; Peer=ipv4:127.0.0.1:", finished, StringComparison.Ordinal);
        Assert.Contains("; Code=FailedPrecondition; Milliseconds=", finished, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(
        LogLevel.Information,
        StatusCode.OK,
        StatusCode.NotFound,
        StatusCode.Cancelled,
        StatusCode.AlreadyExists,
        StatusCode.InvalidArgument,
        StatusCode.Unauthenticated)]
    [InlineData(
        LogLevel.Warning,
        StatusCode.DeadlineExceeded,
        StatusCode.PermissionDenied,
        StatusCode.ResourceExhausted,
        StatusCode.FailedPrecondition,
        StatusCode.Aborted,
        StatusCode.OutOfRange,
        StatusCode.Unavailable,
        StatusCode.Internal)]
    [InlineData(LogLevel.Error, StatusCode.Unknown, StatusCode.Unimplemented, StatusCode.DataLoss)]
    [Case("observability", "The level of a finished call by its code")]
    public void Level_OfAFinishedCall_FollowsTheCode(LogLevel level, params StatusCode[] codes) =>
        Assert.All(codes, code => Assert.Equal(level, GrpcObserver.LevelOf(code)));
}
