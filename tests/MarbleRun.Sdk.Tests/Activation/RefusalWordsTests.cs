using System.Net;
using System.Net.Sockets;
using Grpc.Core;
using MarbleRun.Activation;
using MarbleRun.TestSupport;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace MarbleRun.Tests.Activation;

/// <summary>What a Marble says that was not activated: the reason of who knows it, and the remedy that belongs to it.</summary>
public sealed class RefusalWordsTests : ActivationFixture
{
    private const string MissingSecret =
        "customizing marble parameters: parsing secrets for env variable \"U\": template: data:1:3: executing \"data\" at <base64 "
        + ".Secrets.usr>: error calling base64: tried to parse secret with empty value";

    [Theory]
    [InlineData(
        StatusCode.PermissionDenied,
        "marble verification failed: unknown marble type requested",
        "Set EDG_MARBLE_TYPE or Marble:MarbleType")]
    [InlineData(StatusCode.PermissionDenied, "marble verification failed: undefined package \"p\"", "Add the package to Packages")]
    [InlineData(
        StatusCode.PermissionDenied,
        "marble verification failed: reached max activations count (1) for marble type \"m\"",
        "Raise MaxActivations")]
    [InlineData(
        StatusCode.PermissionDenied,
        "marble verification failed: invalid quote: package.unique_id: expected aa, found bb",
        "update the package from the build")]
    [InlineData(
        StatusCode.PermissionDenied, "marble verification failed: invalid quote: package.debug: expected false, found true", "debug mode")]
    [InlineData(
        StatusCode.PermissionDenied,
        "marble verification failed: invalid quote: chain.root: expected aa, found bb",
        "MARBLERUN_SIMULATION_DIR")]
    [InlineData(
        StatusCode.PermissionDenied,
        "marble verification failed: invalid quote: tcbinfo: collateral missing: expected TCB info",
        "PccsUrl, KdsUrl or BundlePath")]
    [InlineData(
        StatusCode.PermissionDenied,
        "marble verification failed: invalid quote: tcb.status: expected UpToDate, found OutOfDate",
        "AcceptedTCBStatuses")]
    [InlineData(StatusCode.PermissionDenied, "marble verification failed: invalid infrastructure", "Infrastructures")]
    [InlineData(
        StatusCode.PermissionDenied,
        "generating marble authentication secrets: the manifest does not allow x for this Marble type",
        "AllowedDNSNames")]
    [InlineData(StatusCode.InvalidArgument, "invalid UUID: invalid UUID format", "EDG_MARBLE_UUID_FILE")]
    [InlineData(StatusCode.Internal, "customizing marble parameters: parsing secrets for file \"f\": no", "Correct the template")]
    [InlineData(StatusCode.Internal, "committing store transaction: no", "The Coordinator's log has the details.")]
    public async Task Activate_Refused_SaysTypeReasonAndTheRemedyOfThatReason(StatusCode status, string reason, string remedy)
    {
        Coordinator.Handler = _ => throw new RpcException(new Status(status, reason));

        MarbleActivationException exception = await AssertFailsAsync(MarbleActivationFailure.Denied);

        Assert.Contains($"({status}: {reason}). It asked as type '{MarbleType}'. ", exception.Message, StringComparison.Ordinal);
        Assert.Contains(remedy, exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Activate_SecretUploadedLater_RetriesUntilThen()
    {
        Func<FakeActivation, FakeReply> accept = Coordinator.Handler;
        Coordinator.Handler = call => Coordinator.Calls.Count < 3
            ? throw new RpcException(new Status(StatusCode.Internal, MissingSecret))
            : accept(call);

        Task<MarbleActivation> activation = ActivateAsync();
        for (int i = 0; i < 2; i++)
        {
            Clock.Advance(await Clock.WaitForTimerAsync(TimeSpan.FromSeconds(5), Token));
        }

        Assert.Equal(MarbleType, (await activation).Identity.MarbleType);
        Assert.Contains(
            Logs.Entries,
            e => e.Contains("ActivationWaits", StringComparison.Ordinal) && e.Contains(".Secrets.usr", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Activate_SecretNeverUploaded_FailsAsNotReadyAndSaysWhatToDo()
    {
        Coordinator.Handler = _ => throw new RpcException(new Status(StatusCode.Internal, MissingSecret));

        string message = await FailAfterTheTimeoutAsync(MarbleActivationFailure.CoordinatorNotReady, Coordinator.Address);

        Assert.Contains($"still lacks a secret of Marble type '{MarbleType}'", message, StringComparison.Ordinal);
        Assert.Contains(".Secrets.usr", message, StringComparison.Ordinal);
        Assert.Contains("Upload the secret", message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Activate_NothingListens_SaysWhatTheSocketSaid()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        string address = listener.LocalEndpoint.ToString()!;
        listener.Stop();

        string message = await FailAfterTheTimeoutAsync(MarbleActivationFailure.CoordinatorUnreachable, address);

        Assert.Contains("refused", message, StringComparison.Ordinal);
        Assert.Contains(": nothing listens at that port", message, StringComparison.Ordinal);
        Assert.DoesNotContain("subchannel", message, StringComparison.Ordinal);
        Assert.Contains(Logs.Entries, e => e.Contains("ActivationWaits", StringComparison.Ordinal)
            && e.Contains("nothing listens at that port", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Activate_NameWithoutAddress_SaysSo()
    {
        string message = await FailAfterTheTimeoutAsync(MarbleActivationFailure.CoordinatorUnreachable, "no-such-coordinator.invalid:2001");

        Assert.Contains("the name does not resolve to an address", message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Activate_PlainHttpServer_SaysThatItSpeaksNoTls()
    {
        await using LoopbackServer server = await LoopbackServer.StartAsync(_ => { });

        string message = await FailAfterTheTimeoutAsync(MarbleActivationFailure.CoordinatorUnreachable, server.Address.Authority);

        Assert.Contains("does not speak TLS", message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(404)]
    [InlineData(400)]
    [InlineData(200)]
    public async Task Activate_OtherServer_SaysThatItIsNoMeshPort(int status)
    {
        await using LoopbackServer server = await LoopbackServer.StartAsync(
            app => app.Map("/{**path}", (HttpContext context) => context.Response.StatusCode = status), Authority.MarbleRoot);

        MarbleActivationException exception = await Assert.ThrowsAsync<MarbleActivationException>(
            () => ActivateAsync(o => o.CoordinatorAddress = server.Address.Authority));

        Assert.Contains("does not implement the activation call", exception.Message, StringComparison.Ordinal);
        Assert.Contains("not its client port (4433)", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Activate_ClockBehind_NamesBothTimesAndTheClock()
    {
        Coordinator.Handler = call => FakeCoordinator.Reply(
            Authority, Authority.IssueMarble(call.MarbleType, Guid.Parse(call.Uuid), t => t.NotBefore = TimeSpan.FromMinutes(20)));

        MarbleActivationException exception = await AssertFailsAsync(MarbleActivationFailure.InvalidReply);

        Assert.Contains(
            "the certificate is not valid at this time: it is valid from 2031-05-06 07:28:09Z to 2031-06-05 07:08:09Z, and the clock of "
            + "this machine says 2031-05-06 07:08:09Z",
            exception.Message,
            StringComparison.Ordinal);
    }

    private async Task<string> FailAfterTheTimeoutAsync(MarbleActivationFailure failure, string address)
    {
        Task<MarbleActivationException> failing = AssertFailsAsync(failure, o => o.CoordinatorAddress = address);
        await Clock.WaitForTimerAsync(TimeSpan.FromSeconds(5), Token);
        Clock.Advance(TimeSpan.FromMinutes(1));
        return (await failing).Message;
    }
}
