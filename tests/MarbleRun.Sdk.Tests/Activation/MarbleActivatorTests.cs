using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Grpc.Core;
using MarbleRun.Activation;
using MarbleRun.Attestation;
using MarbleRun.Attestation.Claims;
using MarbleRun.TestSupport;
using Microsoft.Extensions.Options;

namespace MarbleRun.Tests.Activation;

public sealed class MarbleActivatorTests : ActivationFixture
{
    [Fact]
    public async Task Activate_CoordinatorAccepts_GivesIdentityAndParameterNames()
    {
        MarbleActivation activation = await ActivateAsync();

        FakeActivation call = Assert.Single(Coordinator.Calls);
        Assert.Equal(MarbleType, activation.Identity.MarbleType);
        Assert.Equal(call.Uuid, activation.Identity.Id.ToString());
        Assert.Equal(Authority.MarbleRoot.RawData, activation.Identity.MarbleRoot.RawData);
        Assert.Equal(Authority.Root.RawData, activation.Identity.CoordinatorRoot.RawData);
        Assert.Equal(
            Authority.Intermediate.RawData, Assert.Single(activation.Identity.CertificateContext.IntermediateCertificates).RawData);
        Assert.False(activation.Identity.MarbleRoot.HasPrivateKey);
        Assert.Equal(["./marble"], activation.Parameters.Arguments);
        Assert.Empty(activation.Parameters.Environment);
    }

    [Fact]
    [Trait("Security", "C1")]
    public async Task Activate_Quote_CoversTheTlsClientCertificate()
    {
        await ActivateAsync();

        FakeActivation call = Assert.Single(Coordinator.Calls);
        Quote expected = FakeQuoteIssuer.Issue(ReportData.ForCertificate(call.ClientCertificate));
        Assert.Equal(expected.ToEvidence(), call.Evidence);
    }

    [Fact]
    public async Task Activate_Request_HasEmptySubjectAndNamesOfTheOptions()
    {
        await ActivateAsync();

        FakeActivation call = Assert.Single(Coordinator.Calls);
        var request = CertificateRequest.LoadSigningRequest(
            call.Request, HashAlgorithmName.SHA256, CertificateRequestLoadOptions.UnsafeLoadCertificateExtensions);
        Assert.Empty(request.SubjectName.Name);
        var names = new X509SubjectAlternativeNameExtension(Assert.Single(request.CertificateExtensions).RawData);
        Assert.Equal(["front.example"], names.EnumerateDnsNames());
        Assert.Equal(["127.0.0.1", "::1", "192.0.2.7"], names.EnumerateIPAddresses().Select(a => a.ToString()));
        using X509Certificate2 certificate = X509CertificateLoader.LoadCertificate(call.ClientCertificate);
        Assert.Equal("CN=MarbleRun Marble", certificate.Subject);
        Assert.Equal(request.PublicKey.ExportSubjectPublicKeyInfo(), certificate.PublicKey.ExportSubjectPublicKeyInfo());
    }

    [Fact]
    [Trait("Security", "C2")]
    public async Task Activate_Twice_UsesAFreshKeyAndTheSameUuid()
    {
        await ActivateAsync();
        await ActivateAsync();

        FakeActivation[] calls = [.. Coordinator.Calls];
        Assert.Equal(calls[0].Uuid, calls[1].Uuid);
        Assert.NotEqual(calls[0].ClientCertificate, calls[1].ClientCertificate);
        Assert.NotEqual(calls[0].Evidence, calls[1].Evidence);
    }

    [Theory]
    [InlineData(StatusCode.FailedPrecondition, "cannot accept marbles in current state")]
    [InlineData(StatusCode.Aborted, "the manifest was changed during the activation; activate again")]
    public async Task Activate_ManifestSetLater_RetriesUntilThen(StatusCode status, string detail)
    {
        FakeCoordinator coordinator = Coordinator;
        Func<FakeActivation, FakeReply> accept = coordinator.Handler;
        coordinator.Handler = call => coordinator.Calls.Count < 3
            ? throw new RpcException(new Status(status, detail))
            : accept(call);

        Task<MarbleActivation> activation = ActivateAsync();
        for (int i = 0; i < 2; i++)
        {
            Clock.Advance(await Clock.WaitForTimerAsync(TimeSpan.FromSeconds(5), Token));
        }

        Assert.Equal(MarbleType, (await activation).Identity.MarbleType);
        Assert.Equal(3, coordinator.Calls.Count);
    }

    [Fact]
    public async Task Activate_ManifestNeverSet_FailsAsNotReadyWithTheReason()
    {
        Coordinator.Handler = _ => throw new RpcException(
            new Status(StatusCode.FailedPrecondition, "cannot accept marbles in current state"));

        Task<MarbleActivationException> failure = AssertFailsAsync(MarbleActivationFailure.CoordinatorNotReady);
        await Clock.WaitForTimerAsync(TimeSpan.FromSeconds(5), Token);
        Clock.Advance(TimeSpan.FromMinutes(1));

        Assert.Contains("cannot accept marbles in current state", (await failure).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Activate_NoServerListens_FailsAsUnreachableAfterTheTimeout()
    {
        string address = Coordinator.Address;
        await Coordinator.DisposeAsync();

        Task<MarbleActivationException> failure = AssertFailsAsync(MarbleActivationFailure.CoordinatorUnreachable);
        await Clock.WaitForTimerAsync(TimeSpan.FromSeconds(5), Token);
        Clock.Advance(TimeSpan.FromMinutes(1));

        Assert.Contains(address, (await failure).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Activate_CoordinatorHangs_FailsAsTimedOut()
    {
        using var called = new SemaphoreSlim(0);
        using var release = new SemaphoreSlim(0);
        Coordinator.Handler = _ =>
        {
            called.Release();
            release.Wait(Token);
            throw new RpcException(Status.DefaultCancelled);
        };

        Task<MarbleActivationException> failure = AssertFailsAsync(MarbleActivationFailure.TimedOut);
        await called.WaitAsync(Token);
        Clock.Advance(TimeSpan.FromMinutes(1));

        await failure;
        release.Release();
    }

    [Fact]
    public async Task Activate_CallerCancels_IsTheCallersCancellation()
    {
        using var caller = new CancellationTokenSource();
        Coordinator.Handler = _ =>
        {
            caller.Cancel();
            throw new RpcException(new Status(StatusCode.FailedPrecondition, "cannot accept marbles in current state"));
        };

        OperationCanceledException exception = await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => MarbleActivator.ActivateAsync(Activator(CreateOptions()), caller.Token));

        Assert.Equal(caller.Token, exception.CancellationToken);
    }

    [Theory]
    [InlineData(StatusCode.PermissionDenied, "marble verification failed: invalid quote")]
    [InlineData(StatusCode.Internal, "generating marble secrets: no")]
    [InlineData(StatusCode.InvalidArgument, "invalid UUID format")]
    [Case("marble-api", "Activation: a failed activation changes nothing")]
    public async Task Activate_CoordinatorRefuses_FailsAtOnceWithItsReason(StatusCode status, string reason)
    {
        Coordinator.Handler = _ => throw new RpcException(new Status(status, reason));

        MarbleActivationException exception = await AssertFailsAsync(MarbleActivationFailure.Denied);

        Assert.Contains(reason, exception.Message, StringComparison.Ordinal);
        Assert.Single(Coordinator.Calls);
    }

    [Fact]
    public async Task Activate_PlatformCannotAttest_SendsNothing()
    {
        MarbleActivatorOptions options = Activator(CreateOptions());
        options.QuoteIssuer = new EmptyIssuer();

        AttestationException exception = await Assert.ThrowsAsync<AttestationException>(
            () => MarbleActivator.ActivateAsync(options, Token));

        Assert.Equal(AttestationFailure.IssuanceFailed, exception.Failure);
        Assert.Empty(Coordinator.Calls);
    }

    [Fact]
    public async Task Activate_OptionsWrong_ReportsAllComplaintsAtOnce()
    {
        OptionsValidationException exception = await Assert.ThrowsAsync<OptionsValidationException>(() => ActivateAsync(o =>
        {
            o.MarbleType = string.Empty;
            o.CoordinatorAddress = "nowhere";
            o.DnsNames = ["has blank"];
            o.ActivationTimeout = TimeSpan.FromHours(2);
        }));

        Assert.Equal(4, exception.Failures.Count());
    }

    [Fact]
    [Trait("Security", "E7")]
    public async Task Activate_SecretsInTheReply_AreInNoLogAtAnyLevel()
    {
        const string canary = "canary-8c1fa0";
        string key = string.Empty;
        Coordinator.Handler = call =>
        {
            X509Certificate2 leaf = Authority.IssueMarble(call.MarbleType, Guid.Parse(call.Uuid));
            FakeReply reply = FakeCoordinator.Reply(Authority, leaf);
            key = Encoding.UTF8.GetString(reply.Environment["MARBLE_PREDEFINED_PRIVATE_KEY"]).Split('\n')[1];
            reply.Environment["CANARY_VARIABLE"] = Encoding.UTF8.GetBytes(canary);
            reply.Files[Path.Combine(Folder, "canary")] = Encoding.UTF8.GetBytes(canary);
            return reply;
        };

        MarbleActivation activation = await ActivateAsync();

        Assert.NotEmpty(Logs.Entries);
        Assert.DoesNotContain(Logs.Entries, e => e.Contains(canary, StringComparison.Ordinal) || e.Contains(key, StringComparison.Ordinal));
        Assert.DoesNotContain("KEY", $"{activation.Identity} {activation.Parameters} {activation}", StringComparison.OrdinalIgnoreCase);
    }

    private sealed class EmptyIssuer : IQuoteIssuer
    {
        public ValueTask<Quote> IssueAsync(ReportData reportData, CancellationToken cancellationToken = default) =>
            ValueTask.FromResult(Quote.FromRaw([]));
    }
}
