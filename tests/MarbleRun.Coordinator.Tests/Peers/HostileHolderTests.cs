using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Google.Protobuf;
using Grpc.Core;
using MarbleRun.Attestation;
using MarbleRun.Attestation.Claims;
using MarbleRun.Attestation.Evidence;
using MarbleRun.Attestation.Simulation;
using MarbleRun.Coordinator.Peers;
using MarbleRun.Coordinator.State.Sealing;
using MarbleRun.Coordinator.Tests.Stores;
using MarbleRun.Manifests.Reading;
using MarbleRun.Protos;
using MarbleRun.TestSupport;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.Extensions.DependencyInjection;

namespace MarbleRun.Coordinator.Tests.Peers;

/// <summary>A server that poses as a Coordinator with keys: what it gives is not used.</summary>
[Trait("Security", "F5")]
public sealed class HostileHolderTests : PeerTest
{
    private static readonly byte[] s_root = RandomNumberGenerator.GetBytes(32);

    /// <remarks>The answer that each attack changes in one place.</remarks>
    [Fact]
    public async Task Ask_SameCodeWithFreshEvidence_GivesKeysForItsDeployment()
    {
        KeyAnswer answer = await AskAsync(new FakeHolder(this));

        using ReceivedKeys received = answer.Received!;
        Assert.Null(await received.FindFaultAsync(s_root, null, Cancellation));
        Assert.Contains(
            "belongs to another deployment", await received.FindFaultAsync(new byte[32], null, Cancellation), StringComparison.Ordinal);
    }

    [Fact]
    [Trait("Security", "A16")]
    public Task Ask_DebugEnclave_UsesNothing() =>
        AssertRefusedAsync(new FakeHolder(this) { IsDebug = true }, "package.debug");

    [Fact]
    [Trait("Security", "C3")]
    public Task Ask_OwnEvidenceSentBack_UsesNothing() =>
        AssertRefusedAsync(new FakeHolder(this) { Reflects = true }, "report.data");

    [Fact]
    [Trait("Security", "C3")]
    public Task Ask_EvidenceInTheRoleOfTheRequester_UsesNothing() =>
        AssertRefusedAsync(new FakeHolder(this) { Role = AttestationBinding.KeyRequesterRole }, "report.data");

    [Fact]
    [Trait("Security", "C2")]
    public Task Ask_ReplayedEvidenceOverAnOldNonce_UsesNothing() =>
        AssertRefusedAsync(new FakeHolder(this) { Nonce = new byte[32] }, "report.data");

    [Fact]
    [Trait("Security", "C4")]
    public Task Ask_RelayedEvidenceOverTheKeyOfAnotherServer_UsesNothing() =>
        AssertRefusedAsync(new FakeHolder(this) { KeyHash = new byte[32] }, "report.data");

    [Fact]
    [Trait("Security", "C1")]
    public Task Ask_EvidenceForAnotherDeployment_UsesNothing() =>
        AssertRefusedAsync(new FakeHolder(this) { Root = new byte[32] }, "report.data");

    [Fact]
    public Task Ask_AnotherKeyThanTheOneAskedFor_UsesNothing() =>
        AssertRefusedAsync(new FakeHolder(this) { GivesAnotherKey = true }, "it gave another key");

    /// <remarks>
    /// Genuine code that is not this Coordinator's may have made the keys, and the state with them: the manifest in the state must list
    /// both, and relying parties verify that manifest.
    /// </remarks>
    [Theory]
    [InlineData("ab", null)]
    [InlineData("b", "but not this one")]
    [InlineData("a", "does not accept the Coordinator at")]
    [InlineData("", "does not accept the Coordinator at")]
    public async Task FindFault_KeysOfOtherCode_AreUsedOnlyIfTheManifestListsBoth(string listed, string? fault)
    {
        KeyAnswer answer = await AskAsync(new FakeHolder(this) { Code = 'b' });
        using ReceivedKeys received = answer.Received!;

        string? found = await received.FindFaultAsync(
            s_root, ManifestParser.Parse(System.Text.Encoding.UTF8.GetBytes(ManifestOf(listed.ToCharArray()))), Cancellation);

        if (fault is null)
        {
            Assert.Null(found);
        }
        else
        {
            Assert.Contains(fault, found, StringComparison.Ordinal);
        }

        Assert.NotNull(await received.FindFaultAsync(s_root, null, Cancellation));
    }

    private async Task AssertRefusedAsync(FakeHolder holder, string reason)
    {
        KeyAnswer answer = await AskAsync(holder);

        Assert.Null(answer.Received);
        Assert.Contains(reason, answer.Tried, StringComparison.Ordinal);
    }

    private async Task<KeyAnswer> AskAsync(FakeHolder holder)
    {
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        var tls = new TlsHandshakeCallbackOptions { OnConnection = _ => ValueTask.FromResult(holder.Identity.ForServer()) };
        builder.WebHost.UseKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0, listen => listen.UseHttps(tls)));
        builder.Services.AddRouting();
        builder.Services.AddGrpc();
        builder.Services.AddSingleton(holder);
        await using WebApplication app = builder.Build();
        app.MapGrpcService<FakeHolder>();
        await app.StartAsync(Cancellation);
        string address = new Uri(app.Urls.First()).Authority;
        CoordinatorHost requester = await StartAsync("requester", peers: [address], store: new SharedMemoryStore());
        return await requester.Services.GetRequiredService<IKeySource>().AskAsync(SealingPolicy.ProductKey, holder.Key.Id, Cancellation);
    }

    /// <summary>Answers as a genuine Coordinator would, but for what a test changes.</summary>
    private sealed class FakeHolder(HostileHolderTests test) : Peer.PeerBase
    {
        public PeerIdentity Identity { get; } = new();

        public DeploymentKey Key { get; } = DeploymentKey.Create(SealingPolicy.ProductKey);

        public char Code { get; init; } = 'a';

        public bool IsDebug { get; init; }

        public bool Reflects { get; init; }

        public bool GivesAnotherKey { get; init; }

        public string Role { get; init; } = AttestationBinding.KeyHolderRole;

        public byte[]? Nonce { get; init; }

        public byte[]? KeyHash { get; init; }

        public byte[] Root { get; init; } = s_root;

        public override Task<PeerChallengeResponse> Challenge(PeerChallengeRequest request, ServerCallContext context) =>
            Task.FromResult(new PeerChallengeResponse
            {
                Challenge = ByteString.CopyFrom(new byte[32]),
                RootFingerprint = ByteString.CopyFrom(s_root),
                ManifestFingerprint = ByteString.CopyFrom(new byte[32]),
            });

        public override async Task<PeerKeysResponse> GetKeys(PeerKeysRequest request, ServerCallContext context)
        {
            ReportData reportData = new AttestationBinding
            {
                Purpose = AttestationBinding.KeyHandOver,
                Role = Role,
                Nonce = Nonce ?? request.Nonce.ToByteArray(),
                KeyHash = KeyHash ?? Identity.KeyHash,
                RootHash = Root,
                ManifestHash = new byte[32],
            }.ToReportData();
            SimulationPlatform platform = test.Platform;
            Quote quote = await platform.CreateIssuer(PeerTest.Code(platform, Code), IsDebug).IssueAsync(reportData, Cancellation);
            using var other = DeploymentKey.Create(SealingPolicy.ProductKey);
            return new PeerKeysResponse
            {
                Evidence = Reflects ? request.Evidence : ByteString.CopyFrom(EvidenceWrapper.Wrap(quote)),
                Keys = { new PeerKey { Policy = 2, Key = ByteString.CopyFrom((GivesAnotherKey ? other : Key).Bytes) } },
            };
        }
    }
}
