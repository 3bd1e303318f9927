using Grpc.Core;
using MarbleRun.Activation;
using MarbleRun.Attestation;
using MarbleRun.Attestation.Claims;
using MarbleRun.Identity;
using MarbleRun.Protos;
using MarbleRun.Tests.Trust;
using MarbleRun.TestSupport;

namespace MarbleRun.Tests.Activation.Renewal;

/// <summary>The renewals of a process, from its activation on.</summary>
public sealed class RenewerTests : ActivationFixture
{
    private static readonly TimeSpan s_longestJitter = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan s_lifetime = TimeSpan.FromHours(24);

    [Fact]
    public async Task Renewal_AtHalfOfTheLifetime_ReplacesTheIdentityAndSignalsTheOldOne()
    {
        FakeRenewals renewals = Renewable();
        await using RunningRenewer renewer = await StartAsync();
        MarbleIdentity first = renewer.Provider.Current;

        Clock.Advance(s_lifetime / 2);
        await renewer.NextAsync("IdentityRenewed", Token);
        MarbleIdentity second = renewer.Provider.Current;
        Clock.Advance(s_lifetime / 2);
        await renewer.NextAsync("IdentityRenewed", Token);
        MarbleIdentity third = renewer.Provider.Current;

        Assert.True(first.ChangeToken.HasChanged);
        Assert.Equal(3, new[] { first, second, third }.Select(i => i.Fingerprint).Distinct().Count());
        FakeRenewal[] calls = [await renewals.Calls.Reader.ReadAsync(Token), await renewals.Calls.Reader.ReadAsync(Token)];
        Assert.Equal(
            [first.Certificate.RawData, second.Certificate.RawData], calls.Select(c => c.ClientCertificate.RawData));
        Assert.Single(Coordinator.Calls);
    }

    [Theory]
    [InlineData("other key", "RenewalUntrusted", "Error")]
    [InlineData("denied", "RenewalDenied", "Error")]
    [InlineData("away", "RenewalFailed", "Warning")]
    [InlineData("internal", "RenewalFailed", "Warning")]
    [Trait("Security", "D8")]
    public async Task Renewal_Fails_LastGoodIdentityStaysUntilOneSucceeds(string fault, string name, string level)
    {
        FakeRenewals renewals = Renewable();
        Func<FakeRenewal, Task<FakeRenewalReply>> good = renewals.Handler;
        await using RunningRenewer renewer = await StartAsync();
        MarbleIdentity first = renewer.Provider.Current;
        renewals.Handler = _ => fault switch
        {
            "other key" => Task.FromResult(FakeRenewals.Reply(Authority, Authority.IssueMarble(MarbleType, first.Id))),
            "denied" => throw new RpcException(new Status(StatusCode.PermissionDenied, "this Marble is revoked")),
            "away" => throw new RpcException(new Status(StatusCode.Unavailable, "away")),
            _ => throw new RpcException(new Status(StatusCode.Internal, "fault")),
        };

        Clock.Advance(s_lifetime / 2);
        string text = await renewer.NextAsync(name, Token);

        Assert.StartsWith(level, text, StringComparison.Ordinal);
        Assert.Same(first, renewer.Provider.Current);
        Assert.False(first.ChangeToken.HasChanged);
        Assert.NotNull(renewer.Status.Fault);
        Assert.Contains(renewer.Status.Fault.Value.Reason, text, StringComparison.Ordinal);
        renewals.Handler = good;
        Clock.Advance(TimeSpan.FromMinutes(10));
        await renewer.NextAsync("IdentityRenewed", Token);
        Assert.NotSame(first, renewer.Provider.Current);
        Assert.Null(renewer.Status.Fault);
    }

    [Fact]
    public async Task Renewal_CertificateHasEnded_ActivatesAgainAsTheSameInstance()
    {
        FakeRenewals renewals = Renewable();
        renewals.Handler = _ => throw new RpcException(new Status(StatusCode.Unavailable, "away"));
        await using RunningRenewer renewer = await StartAsync();
        MarbleIdentity first = renewer.Provider.Current;

        Clock.Advance(s_lifetime);
        string text = await renewer.NextAsync("ActivatingAgain", Token);
        await renewer.NextAsync("IdentityRenewed", Token);

        Assert.Contains("counts as an activation", text, StringComparison.Ordinal);
        Assert.Equal(2, Coordinator.Calls.Count);
        Assert.Equal(first.Id, renewer.Provider.Current.Id);
        Assert.NotEqual(first.Fingerprint, renewer.Provider.Current.Fingerprint);
        Assert.Equal([false, true], Coordinator.Calls.Select(c => c.Renews));
    }

    [Fact]
    public async Task Renewal_CertificateIsNotAcceptedAnyMore_ActivatesAgainAfterSeconds()
    {
        FakeRenewals renewals = Renewable();
        renewals.Handler = _ => throw new RpcException(new Status(StatusCode.Unauthenticated, "not a Marble of this mesh"));
        await using RunningRenewer renewer = await StartAsync();
        MarbleIdentity first = renewer.Provider.Current;

        Clock.Advance(s_lifetime / 2);
        string text = await AdvanceToActivationAsync(renewer);
        await renewer.NextAsync("IdentityRenewed", Token);

        Assert.Contains("the Coordinator does not accept it any more", text, StringComparison.Ordinal);
        Assert.Equal([false, true], Coordinator.Calls.Select(c => c.Renews));
        Assert.Equal(first.Id, renewer.Provider.Current.Id);
        Assert.NotEqual(first.Fingerprint, renewer.Provider.Current.Fingerprint);
    }

    /// <summary>An attacker in the network can give this answer, and each activation counts.</summary>
    [Fact]
    [Trait("Security", "D8")]
    public async Task Renewal_EveryCertificateIsNotAccepted_ActivatesAgainOnlyWithPauses()
    {
        FakeRenewals renewals = Renewable();
        renewals.Handler = _ => throw new RpcException(new Status(StatusCode.Unauthenticated, "not a Marble of this mesh"));
        await using RunningRenewer renewer = await StartAsync();
        Clock.Advance(s_lifetime / 2);
        await AdvanceToActivationAsync(renewer);
        await renewer.NextAsync("IdentityRenewed", Token);

        renewer.Early.Request(renewer.Provider.Current);
        await renewer.NextAsync("RenewalRequested", Token);
        Clock.Advance(TimeSpan.FromSeconds(5));
        string text = await renewer.NextAsync("RenewalFailed", Token);

        Assert.Contains("it waits before it repeats that", text, StringComparison.Ordinal);
        Assert.Equal(2, Coordinator.Calls.Count);
        Clock.Advance(TimeSpan.FromMinutes(12));
        await AdvanceToActivationAsync(renewer);
        await renewer.NextAsync("IdentityRenewed", Token);
        Assert.Equal(3, Coordinator.Calls.Count);
    }

    [Fact]
    public async Task Renewal_ActivationInPlaceOfItFails_IsTriedAgainWithBackOff()
    {
        FakeRenewals renewals = Renewable();
        renewals.Handler = _ => throw new RpcException(new Status(StatusCode.Unauthenticated, "not a Marble of this mesh"));
        await using RunningRenewer renewer = await StartAsync();
        Func<FakeActivation, FakeReply> good = Coordinator.Handler;
        Coordinator.Handler = _ => throw new RpcException(new Status(StatusCode.PermissionDenied, "this Marble is revoked"));

        Clock.Advance(s_lifetime / 2);
        await AdvanceToActivationAsync(renewer);
        await renewer.NextAsync("RenewalDenied", Token);
        Coordinator.Handler = good;
        Clock.Advance(TimeSpan.FromMinutes(11));
        await AdvanceToActivationAsync(renewer);
        await renewer.NextAsync("IdentityRenewed", Token);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Renewal_TrustListWithoutItsAuthority_ActivatesAgainWithoutARenewal(bool overlapEnds)
    {
        FakeRenewals renewals = Renewable();
        await using RunningRenewer renewer = await StartAsync();
        MarbleIdentity first = renewer.Provider.Current;
        using TestAuthority updated = Authority.Update();
        TrustList list = TestTrust.Create(updated, 8);
        first.Receive(
            overlapEnds ? list.WithOverlap(Authority, Clock.GetUtcNow().AddSeconds(1)) : list, updated, Clock.GetUtcNow());
        Coordinator.ServerCertificate = updated.MarbleRoot;
        Coordinator.Handler = call => FakeCoordinator.Reply(
            updated, updated.IssueMarble(call.MarbleType, Guid.Parse(call.Uuid), t => t.NotAfter = s_lifetime));

        renewer.Early.Request(first);
        await renewer.NextAsync("RenewalRequested", Token);
        Clock.Advance(TimeSpan.FromSeconds(5));
        string text = await renewer.NextAsync("ActivatingAgain", Token);
        await renewer.NextAsync("IdentityRenewed", Token);

        Assert.Contains("the mesh does not accept its authority any more", text, StringComparison.Ordinal);
        Assert.False(renewals.Calls.Reader.TryRead(out _));
        Assert.Equal(first.Id, renewer.Provider.Current.Id);
        Assert.Equal(updated.MarbleRoot.RawData, renewer.Provider.Current.MarbleRoot.RawData);
        Assert.Equal(renewer.Provider.Current.NotAfter, renewer.Provider.Current.AcceptedUntil);
    }

    [Fact]
    [Trait("Security", "D8")]
    public async Task Renewal_AnotherDeploymentAfterTheEnd_IsRefusedThoughItsRootIsNotPinned()
    {
        Renewable();
        using var other = new TestAuthority(Clock);
        await using RunningRenewer renewer = await StartAsync(o => o.CoordinatorTrust = CoordinatorTrust.None);
        MarbleIdentity first = renewer.Provider.Current;
        Coordinator.ServerCertificate = other.MarbleRoot;
        Coordinator.Handler = call => FakeCoordinator.Reply(other, other.IssueMarble(call.MarbleType, Guid.Parse(call.Uuid)));

        Clock.Advance(s_lifetime);
        await renewer.NextAsync("ActivatingAgain", Token);
        string text = await renewer.NextAsync("RenewalUntrusted", Token);

        Assert.Contains("another one than that of the deployment", text, StringComparison.Ordinal);
        Assert.Same(first, renewer.Provider.Current);
    }

    [Fact]
    public async Task Renewal_Requested_IsDoneWithinSeconds()
    {
        Renewable();
        await using RunningRenewer renewer = await StartAsync();
        MarbleIdentity first = renewer.Provider.Current;

        renewer.Early.Request(first);
        await renewer.NextAsync("RenewalRequested", Token);
        Clock.Advance(TimeSpan.FromSeconds(5));
        await renewer.NextAsync("IdentityRenewed", Token);

        Assert.NotSame(first, renewer.Provider.Current);
    }

    /// <summary>The update that the later list is of may have mended what made the renewal fail.</summary>
    [Fact]
    public async Task Renewal_RequestedByALaterListAfterAFailure_IsDoneWithinSeconds()
    {
        FakeRenewals renewals = Renewable();
        Func<FakeRenewal, Task<FakeRenewalReply>> good = renewals.Handler;
        renewals.Handler = _ => throw new RpcException(new Status(StatusCode.PermissionDenied, "not in the manifest"));
        await using RunningRenewer renewer = await StartAsync();
        MarbleIdentity first = renewer.Provider.Current;
        renewer.Early.Request(first, list: 8);
        await renewer.NextAsync("RenewalRequested", Token);
        Clock.Advance(TimeSpan.FromSeconds(5));
        await renewer.NextAsync("RenewalDenied", Token);
        renewals.Handler = good;

        // What comes at each connection, and an earlier list, change nothing.
        renewer.Early.Request(first, list: 8);
        renewer.Early.Request(first, list: 7);
        renewer.Early.Request(first);
        renewer.Early.Request(first, list: 9);
        await renewer.NextAsync("RenewalRequested", Token);
        Clock.Advance(TimeSpan.FromSeconds(5));
        await renewer.NextAsync("IdentityRenewed", Token);

        Assert.NotSame(first, renewer.Provider.Current);
        Assert.False(renewer.HasEvent);
    }

    [Fact]
    public async Task Request_OfTheSameOrAnEarlierList_CompletesNoWait()
    {
        var early = new EarlyRenewal();
        MarbleIdentity identity = (await ActivatedAsync()).Identity;
        early.Request(identity, list: 8);
        await early.WaitAsync(Token);

        early.Request(identity, list: 8);
        early.Request(identity, list: 7);
        early.Request(identity);
        Task wait = early.WaitAsync(Token);
        Assert.False(wait.IsCompleted);

        early.Request(identity, list: 9);
        await wait;
    }

    [Fact]
    public async Task Renewal_RequestedForAnEarlierIdentity_IsNotDone()
    {
        Renewable();
        await using RunningRenewer renewer = await StartAsync();
        MarbleIdentity first = renewer.Provider.Current;
        Clock.Advance(s_lifetime / 2);
        await renewer.NextAsync("IdentityRenewed", Token);

        renewer.Early.Request(first);
        Clock.Advance(TimeSpan.FromSeconds(5));
        renewer.Early.Request(renewer.Provider.Current);

        // The first event is that of the second request.
        Assert.Contains(
            $"{Clock.GetUtcNow().AddSeconds(2.5):u}", await renewer.NextAsync("RenewalRequested", Token), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Renewal_CallbackOfTheAppFails_IsReportedAndRenewalsGoOn()
    {
        Renewable();
        await using RunningRenewer renewer = await StartAsync();
        MarbleIdentity first = renewer.Provider.Current;
        using IDisposable registration = first.ChangeToken.RegisterChangeCallback(
            _ => throw new InvalidOperationException("fault of the app"), state: null);

        Clock.Advance(s_lifetime / 2);
        string text = await renewer.NextAsync("IdentityChangeFailed", Token);
        await renewer.NextAsync("IdentityRenewed", Token);

        Assert.Contains("fault of the app", text, StringComparison.Ordinal);
        Assert.NotSame(first, renewer.Provider.Current);
        Clock.Advance(s_lifetime / 2);
        await renewer.NextAsync("IdentityRenewed", Token);
    }

    [Fact]
    public async Task Renewal_PlatformFailsUnexpectedly_IsReportedAndTriedAgain()
    {
        Renewable();
        var issuer = new FailingIssuer();
        MarbleActivation activation = await ActivatedAsync();
        await using var renewer = new RunningRenewer(activation, Clock, activation.Source! with { Issuer = issuer });

        Clock.Advance(s_lifetime / 2);
        string text = await renewer.NextAsync("RenewalFaulted", Token);
        await renewer.NextAsync("RenewalFailed", Token);
        issuer.Fails = false;
        Clock.Advance(TimeSpan.FromMinutes(1));
        await renewer.NextAsync("IdentityRenewed", Token);

        Assert.Contains("the device is gone", text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("no address", "set Marble:CoordinatorClientAddress")]
    [InlineData("limit", "limits this type to 3 activations")]
    [InlineData("no type", "has no Marble type 'frontend' any more")]
    [InlineData("other deployment", "cannot be read")]
    [InlineData("other signature", "did not sign the manifest")]
    [InlineData("nothing listens", "cannot be read")]
    public async Task Renewal_MarbleRun19_WarnsOnceWithTheDateUnlessItMayActivateAgain(string why, string reason)
    {
        using var other = new TestAuthority(Clock);
        await using FakeClientApi api = await FakeClientApi.StartAsync(Authority);
        api.Manifest = why switch
        {
            "limit" => """{ "Packages": {}, "Marbles": { "frontend": { "Package": "p", "MaxActivations": 3 } } }"""u8.ToArray(),
            "no type" => """{ "Packages": {}, "Marbles": {} }"""u8.ToArray(),
            _ => """{ "Packages": {}, "Marbles": { "frontend": { "Package": "p" } } }"""u8.ToArray(),
        };
        api.ServerCertificate = why == "other deployment" ? other.Root : api.ServerCertificate;
        api.Sign = why == "other signature" ? manifest => other.SignManifest(manifest) : api.Sign;
        if (why == "nothing listens")
        {
            await api.DisposeAsync();
        }

        await using RunningRenewer renewer = await StartAsync(
            o => o.CoordinatorClientAddress = why == "no address" ? null : api.Address);
        MarbleIdentity first = renewer.Provider.Current;

        Clock.Advance(s_lifetime / 2);
        string text = await renewer.NextAsync("RenewalUnsupported", Token);

        Assert.Contains($"{first.NotAfter:u}", text, StringComparison.Ordinal);
        Assert.Contains(reason, text, StringComparison.Ordinal);
        Assert.Same(first, renewer.Provider.Current);
        Assert.Single(Coordinator.Calls);
        renewer.Early.Request(first);
        await renewer.NextAsync("RenewalRequested", Token);
        Clock.Advance(s_lifetime / 2);
        await renewer.NextAsync("ActivatingAgain", Token);
    }

    [Fact]
    public async Task Renewal_MarbleRun19WithoutALimit_ActivatesAgainAtHalfOfTheLifetime()
    {
        await using FakeClientApi api = await FakeClientApi.StartAsync(Authority);
        api.Manifest = """{ "Packages": {}, "Marbles": { "frontend": { "Package": "p" } } }"""u8.ToArray();
        await using RunningRenewer renewer = await StartAsync(o => o.CoordinatorClientAddress = api.Address);

        Clock.Advance(s_lifetime / 2);
        await renewer.NextAsync("ActivatingAgain", Token);
        await renewer.NextAsync("IdentityRenewed", Token);

        Assert.Equal(2, Coordinator.Calls.Count);
        Assert.False(renewer.HasEvent);
    }

    /// <summary>Advances over the jitter that follows the refusal of a renewal: over each short wait, until the event comes.</summary>
    private async Task<string> AdvanceToActivationAsync(RunningRenewer renewer)
    {
        using var end = CancellationTokenSource.CreateLinkedTokenSource(Token);
        Task activates = renewer.WaitForEventAsync(Token);
        while (true)
        {
            Task<TimeSpan> waits = Clock.WaitForTimerAsync(s_longestJitter, end.Token);
            if (await Task.WhenAny(activates, waits) == activates)
            {
                await end.CancelAsync();
                await Record.ExceptionAsync(() => waits);
                return await renewer.NextAsync("ActivatingAgain", Token);
            }

            Clock.Advance(await waits);
        }
    }

    private FakeRenewals Renewable()
    {
        var renewals = new FakeRenewals(Authority);
        renewals.Handler = call => Task.FromResult(
            FakeRenewals.Reply(Authority, FakeRenewals.Issue(Authority, call, t => t.NotAfter = s_lifetime)));
        return Coordinator.Renewals = renewals;
    }

    private Task<MarbleActivation> ActivatedAsync(Action<MarbleOptions>? change = null)
    {
        Coordinator.Handler = call => FakeCoordinator.Reply(
            Authority, Authority.IssueMarble(call.MarbleType, Guid.Parse(call.Uuid), t => t.NotAfter = s_lifetime));
        return ActivateAsync(change);
    }

    private async Task<RunningRenewer> StartAsync(Action<MarbleOptions>? change = null) => new(await ActivatedAsync(change), Clock);

    private sealed class FailingIssuer : IQuoteIssuer
    {
        public bool Fails { get; set; } = true;

        public ValueTask<Quote> IssueAsync(ReportData reportData, CancellationToken cancellationToken = default) =>
            Fails ? throw new InvalidOperationException("the device is gone") : ValueTask.FromResult(FakeQuoteIssuer.Issue(reportData));
    }
}
