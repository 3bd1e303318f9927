using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json.Nodes;
using Grpc.Core;
using MarbleRun.Coordinator.Tests.Manifests;
using MarbleRun.Protos;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;

namespace MarbleRun.Coordinator.Tests.Renewal;

/// <summary><c>/marblerun.v1.Mesh/WatchTrust</c>, and the overlap of authorities after an update.</summary>
public sealed class TrustWatchTests
{
    private readonly FakeTimeProvider _clock = new(TimeProvider.System.GetUtcNow());

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task WatchTrust_AtOnce_SendsTheAuthorityThatIssuesSignedByTheRoot()
    {
        await using GovernedMesh mesh = await StartAsync();
        using RenewingMarble marble = await RenewingMarble.ActivateAsync(mesh.Host);
        using AsyncServerStreamingCall<SignedTrustList> watch = Watch(marble);

        TrustList list = await NextAsync(watch, marble.Root);

        Assert.Equal(SHA256.HashData(marble.Root.RawData), list.RootFingerprint.ToByteArray());
        TrustedAuthority only = Assert.Single(list.Authorities);
        Assert.Equal(mesh.State.Authority.MarbleRoot.RawData, only.MarbleRootCertificate.ToByteArray());
        Assert.Equal(mesh.State.Authority.Intermediate.RawData, only.IntermediateCertificate.ToByteArray());
        Assert.Equal(0, only.Until);
    }

    [Fact]
    public async Task WatchTrust_UpdateWithOverlap_SendsBothAuthoritiesAndTheMarbleRenewsUnderTheNewOne()
    {
        await using GovernedMesh mesh = await StartAsync();
        using RenewingMarble marble = await RenewingMarble.ActivateAsync(mesh.Host);
        using AsyncServerStreamingCall<SignedTrustList> watch = Watch(marble);
        TrustList before = await NextAsync(watch, marble.Root);

        await mesh.UpdateAsync(m => m["Config"]!["TrustOverlap"] = "2h");
        TrustList after = await NextAsync(watch, marble.Root);
        (RenewResponse renewed, _) = await marble.RenewAsync();

        Assert.True(after.Number > before.Number);
        Assert.Equal(2, after.Authorities.Count);
        Assert.Equal(before.Authorities[0].MarbleRootCertificate, after.Authorities[1].MarbleRootCertificate);
        Assert.Equal(_clock.GetUtcNow().AddHours(2).ToUnixTimeSeconds(), after.Authorities[1].Until);
        Assert.Equal(after.Authorities[0].MarbleRootCertificate, renewed.MarbleRootCertificate);
    }

    [Fact]
    public async Task WatchTrust_UpdateWithoutOverlap_SendsTheNewListAndEndsTheStream()
    {
        await using GovernedMesh mesh = await StartAsync();
        using RenewingMarble marble = await RenewingMarble.ActivateAsync(mesh.Host);
        using AsyncServerStreamingCall<SignedTrustList> watch = Watch(marble);
        await NextAsync(watch, marble.Root);

        await mesh.UpdateAsync(mesh.Manifest());
        TrustList after = await NextAsync(watch, marble.Root);
        RpcException ended = await Assert.ThrowsAsync<RpcException>(() => watch.ResponseStream.MoveNext(Cancellation));

        Assert.Single(after.Authorities);
        Assert.Equal(StatusCode.Unauthenticated, ended.StatusCode);
        RpcException renewal = await Assert.ThrowsAsync<RpcException>(() => marble.RenewAsync());
        Assert.Equal(StatusCode.Unauthenticated, renewal.StatusCode);
    }

    [Fact]
    [Trait("Security", "D4")]
    public async Task Renew_AfterTheOverlap_IsRefused()
    {
        await using GovernedMesh mesh = await StartAsync();
        using RenewingMarble marble = await RenewingMarble.ActivateAsync(mesh.Host);
        await mesh.UpdateAsync(m => m["Config"]!["TrustOverlap"] = "2h");

        _clock.Advance(TimeSpan.FromHours(2));
        RpcException refused = await Assert.ThrowsAsync<RpcException>(() => marble.RenewAsync());

        Assert.Equal(StatusCode.Unauthenticated, refused.StatusCode);
    }

    [Fact]
    [Trait("Security", "C1")]
    public async Task Renew_InTheOverlapByCodeThatTheNewManifestDoesNotAdmit_IsRefused()
    {
        await using GovernedMesh mesh = await StartAsync();
        using RenewingMarble marble = await RenewingMarble.ActivateAsync(mesh.Host);
        await mesh.UpdateAsync(m =>
        {
            m["Config"]!["TrustOverlap"] = "2h";
            m["Packages"]!["app"]!["UniqueID"] = new string('0', 64);
        });

        RpcException refused = await Assert.ThrowsAsync<RpcException>(() => marble.RenewAsync());

        Assert.Equal(StatusCode.PermissionDenied, refused.StatusCode);
        Assert.Contains("invalid quote", refused.Status.Detail, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("app-before", true)]
    [InlineData("", false)]
    [Trait("Security", "C1")]
    public async Task Renew_CodeOfThePackageBefore_IsAdmittedIfTheManifestNamesIt(string previous, bool isAdmitted)
    {
        await using GovernedMesh mesh = await StartAsync();
        using RenewingMarble marble = await RenewingMarble.ActivateAsync(mesh.Host);
        await mesh.UpdateAsync(m =>
        {
            m["Config"]!["TrustOverlap"] = "2h";
            m["Packages"]!["app-before"] = m["Packages"]!["app"]!.DeepClone();
            m["Packages"]!["app"]!["UniqueID"] = new string('0', 64);
            m["Marbles"]!["web"]!["PreviousPackage"] = previous;
        });

        Task<(RenewResponse, ECDsa)> renewal = marble.RenewAsync();
        Task<Dictionary<string, string>> activation = mesh.ActivateAsync();

        if (isAdmitted)
        {
            await renewal;
            await activation;
        }
        else
        {
            Assert.Equal(StatusCode.PermissionDenied, (await Assert.ThrowsAsync<RpcException>(() => renewal)).StatusCode);
            Assert.Equal(StatusCode.PermissionDenied, (await Assert.ThrowsAsync<RpcException>(() => activation)).StatusCode);
        }
    }

    [Fact]
    [Trait("Security", "C1")]
    public async Task Renew_EvidenceWithAnotherBindingWhereTwoPackagesAreAdmitted_IsRefused()
    {
        await using GovernedMesh mesh = await StartAsync(m =>
        {
            m["Packages"]!["app-before"] = m["Packages"]!["app"]!.DeepClone();
            m["Marbles"]!["web"]!["PreviousPackage"] = "app-before";
        });
        using RenewingMarble marble = await RenewingMarble.ActivateAsync(mesh.Host);

        RpcException refused = await Assert.ThrowsAsync<RpcException>(
            () => marble.RenewAsync(binding => binding with { Nonce = RandomNumberGenerator.GetBytes(32) }));

        Assert.Equal(StatusCode.PermissionDenied, refused.StatusCode);
    }

    [Fact]
    [Trait("Security", "C1")]
    public async Task Update_WithoutOverlapWhileAnEarlierOneLasts_EndsThatToo()
    {
        await using GovernedMesh mesh = await StartAsync();
        using RenewingMarble marble = await RenewingMarble.ActivateAsync(mesh.Host);
        await mesh.UpdateAsync(m => m["Config"]!["TrustOverlap"] = "2h");
        await marble.RenewAsync();

        await mesh.UpdateAsync(m => m["Config"]!["TrustOverlap"] = "");

        RpcException refused = await Assert.ThrowsAsync<RpcException>(() => marble.RenewAsync());
        Assert.Equal(StatusCode.Unauthenticated, refused.StatusCode);
    }

    [Fact]
    public async Task Restart_InTheOverlap_KeepsItAndTheNumberDoesNotGoBack()
    {
        await using GovernedMesh mesh = await StartAsync();
        using RenewingMarble marble = await RenewingMarble.ActivateAsync(mesh.Host);
        await mesh.UpdateAsync(m => m["Config"]!["TrustOverlap"] = "2h");
        TrustList before = await FirstAsync(marble);

        await mesh.RestartAsync();
        using RenewingMarble again = marble.At(mesh.Host);
        TrustList after = await FirstAsync(again);

        Assert.True(after.Number >= before.Number);
        Assert.Equal(before.Authorities, after.Authorities);
        await again.RenewAsync();
    }

    [Fact]
    public async Task WatchTrust_CertificateEnds_EndsTheStream()
    {
        await using GovernedMesh mesh = await StartAsync();
        using RenewingMarble marble = await RenewingMarble.ActivateAsync(mesh.Host);
        using AsyncServerStreamingCall<SignedTrustList> watch = Watch(marble);
        await NextAsync(watch, marble.Root);

        _clock.Advance(TimeSpan.FromDays(1.01));

        RpcException ended = await Assert.ThrowsAsync<RpcException>(() => watch.ResponseStream.MoveNext(Cancellation));
        Assert.Equal(StatusCode.Unauthenticated, ended.StatusCode);
    }

    [Fact]
    public async Task Stop_WhileMarblesWatch_EndsTheStreamsAtOnce()
    {
        await using GovernedMesh mesh = await StartAsync();
        using RenewingMarble marble = await RenewingMarble.ActivateAsync(mesh.Host);
        using AsyncServerStreamingCall<SignedTrustList> watch = Watch(marble);
        await NextAsync(watch, marble.Root);

        Task stopping = mesh.StopAsync();

        RpcException ended = await Assert.ThrowsAsync<RpcException>(() => watch.ResponseStream.MoveNext(Cancellation));
        Assert.Equal(StatusCode.Unavailable, ended.StatusCode);
        await stopping;
    }

    private static AsyncServerStreamingCall<SignedTrustList> Watch(RenewingMarble marble) => marble.Mesh.WatchTrust();

    private static async Task<TrustList> FirstAsync(RenewingMarble marble)
    {
        using AsyncServerStreamingCall<SignedTrustList> watch = Watch(marble);
        return await NextAsync(watch, marble.Root);
    }

    private static async Task<TrustList> NextAsync(AsyncServerStreamingCall<SignedTrustList> watch, X509Certificate2 root)
    {
        Assert.True(await watch.ResponseStream.MoveNext(Cancellation));
        SignedTrustList signed = watch.ResponseStream.Current;
        using ECDsa key = root.GetECDsaPublicKey()!;
        Assert.True(key.VerifyData(
            [.. "marblerun trust list 1\0"u8, .. signed.List.Span],
            signed.Signature.Span,
            HashAlgorithmName.SHA256,
            DSASignatureFormat.Rfc3279DerSequence));
        return TrustList.Parser.ParseFrom(signed.List);
    }

    private Task<GovernedMesh> StartAsync(Action<JsonObject>? change = null) =>
        GovernedMesh.StartAsync(change, services => services.AddSingleton<TimeProvider>(_clock));
}
