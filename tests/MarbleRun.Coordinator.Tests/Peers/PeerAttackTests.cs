using System.Security.Cryptography;
using Google.Protobuf;
using Grpc.Core;
using MarbleRun.Attestation;
using MarbleRun.Attestation.Claims;
using MarbleRun.Attestation.Evidence;
using MarbleRun.Attestation.Simulation;
using MarbleRun.Coordinator.Peers;
using MarbleRun.Coordinator.State.Sealing;
using MarbleRun.Protos;
using MarbleRun.TestSupport;
using Microsoft.Extensions.DependencyInjection;

namespace MarbleRun.Coordinator.Tests.Peers;

/// <summary>What a hostile caller of the peer port gets from a Coordinator that has the keys: nothing.</summary>
[Trait("Security", "F5")]
public sealed class PeerAttackTests : PeerTest
{
    private readonly PeerIdentity _identity = new();

    /// <remarks>The call that each attack changes in one place.</remarks>
    [Fact]
    public async Task GetKeys_SameCodeWithFreshEvidence_GetsThem()
    {
        CoordinatorHost host = await StartHolderAsync();

        PeerKeysResponse answer = await AskAsync(host);

        using SealingKey key = await KeyOfAsync(host);
        Assert.Equal(key.Bytes.ToArray(), answer.Keys[0].Key.ToByteArray());
        Assert.Equal([2u, 1u], answer.Keys.Select(k => k.Policy));
    }

    [Fact]
    public async Task GetKeys_AnotherMeasurement_GetsNothing() =>
        await AssertRefusedAsync(
            new Attack { Issuer = p => p.CreateIssuer(Code(p, 'b')) }, StatusCode.PermissionDenied, "package.unique_id");

    [Fact]
    [Trait("Security", "A16")]
    public async Task GetKeys_DebugEnclave_GetsNothing() =>
        await AssertRefusedAsync(
            new Attack { Issuer = p => p.CreateIssuer(Code(p, 'a'), debug: true) }, StatusCode.PermissionDenied, "package.debug");

    [Fact]
    [Trait("Security", "B10")]
    public async Task GetKeys_EvidenceUnderAnotherRoot_GetsNothing()
    {
        var other = SimulationPlatform.Open(Folder.File("other-root"));

        await AssertRefusedAsync(
            new Attack { Issuer = _ => other.CreateIssuer(Code(other, 'a')) }, StatusCode.PermissionDenied, "chain.root");
    }

    [Fact]
    [Trait("Security", "C2")]
    public async Task GetKeys_ReplayedEvidenceOverAnOldChallenge_GetsNothing() =>
        await AssertRefusedAsync(
            new Attack { Bind = (b, role, _, key) => Bind(b, role, RandomNumberGenerator.GetBytes(32), key) },
            StatusCode.PermissionDenied,
            "report.data");

    [Fact]
    [Trait("Security", "C1")]
    public async Task GetKeys_EvidenceForAnotherDeployment_GetsNothing() =>
        await AssertRefusedAsync(
            new Attack { Bind = (b, role, nonce, key) => Bind(b with { RootHash = new byte[32] }, role, nonce, key) },
            StatusCode.PermissionDenied,
            "report.data");

    [Fact]
    [Trait("Security", "C1")]
    public async Task GetKeys_EvidenceForAnotherManifest_GetsNothing() =>
        await AssertRefusedAsync(
            new Attack { Bind = (b, role, nonce, key) => Bind(b with { ManifestHash = new byte[32] }, role, nonce, key) },
            StatusCode.PermissionDenied,
            "report.data");

    [Fact]
    [Trait("Security", "C3")]
    public async Task GetKeys_EvidenceInTheRoleOfTheHolder_GetsNothing() =>
        await AssertRefusedAsync(
            new Attack { Bind = (b, _, nonce, key) => Bind(b, AttestationBinding.KeyHolderRole, nonce, key) },
            StatusCode.PermissionDenied,
            "report.data");

    [Fact]
    [Trait("Security", "C1")]
    public async Task GetKeys_EvidenceForAnotherPurpose_GetsNothing() =>
        await AssertRefusedAsync(
            new Attack { Bind = (b, role, nonce, key) => Bind(b, role, nonce, key, AttestationBinding.CoordinatorToMarble) },
            StatusCode.PermissionDenied,
            "report.data");

    [Fact]
    [Trait("Security", "C4")]
    public async Task GetKeys_RelayedEvidenceOverTheKeyOfAnotherConnection_GetsNothing()
    {
        using var victim = new PeerIdentity();

        await AssertRefusedAsync(
            new Attack { Bind = (b, role, nonce, _) => Bind(b, role, nonce, victim.KeyHash) }, StatusCode.PermissionDenied, "report.data");
    }

    [Fact]
    [Trait("Security", "C3")]
    public async Task GetKeys_HoldersOwnEvidenceSentBack_GetsNothing()
    {
        CoordinatorHost host = await StartHolderAsync();
        PeerKeysResponse answer = await AskAsync(host);

        RpcException exception = await Assert.ThrowsAsync<RpcException>(
            () => AskAsync(host, new Attack { Evidence = answer.Evidence.ToByteArray() }));

        Assert.Equal(StatusCode.PermissionDenied, exception.StatusCode);
        Assert.Contains("report.data", exception.Status.Detail, StringComparison.Ordinal);
    }

    [Fact]
    [Trait("Security", "C2")]
    public async Task GetKeys_ChallengeUsedTwice_GetsNothingTheSecondTime()
    {
        CoordinatorHost host = await StartHolderAsync();
        using var channel = new PeerChannel(AddressOf(host), _identity);
        var client = new Peer.PeerClient(channel.Grpc);
        PeerKeysRequest request = await PrepareAsync(host, client, new Attack());
        await client.GetKeysAsync(request, cancellationToken: Cancellation);

        RpcException exception = await Assert.ThrowsAsync<RpcException>(
            async () => await client.GetKeysAsync(request, cancellationToken: Cancellation));

        Assert.Equal(StatusCode.FailedPrecondition, exception.StatusCode);
        Assert.Contains("was used before", exception.Status.Detail, StringComparison.Ordinal);
    }

    [Fact]
    [Trait("Security", "C2")]
    public async Task GetKeys_ChallengeOfAnotherConnection_GetsNothing()
    {
        CoordinatorHost host = await StartHolderAsync();
        using var other = new PeerIdentity();
        using var first = new PeerChannel(AddressOf(host), other);
        using var channel = new PeerChannel(AddressOf(host), _identity);
        PeerKeysRequest request = await PrepareAsync(host, new Peer.PeerClient(first.Grpc), new Attack());

        RpcException exception = await Assert.ThrowsAsync<RpcException>(
            async () => await new Peer.PeerClient(channel.Grpc).GetKeysAsync(request, cancellationToken: Cancellation));

        Assert.Equal(StatusCode.FailedPrecondition, exception.StatusCode);
    }

    [Theory]
    [InlineData("")]
    [InlineData("00")]
    [Trait("Security", "G3")]
    public async Task GetKeys_EvidenceThatCannotBeRead_GetsNothing(string evidence) =>
        await AssertRefusedAsync(
            new Attack { Evidence = Convert.FromHexString(evidence) }, StatusCode.InvalidArgument, "the evidence cannot be read");

    [Fact]
    public async Task GetKeys_KeyThatTheHolderDoesNotHave_IsNotFound() =>
        await AssertRefusedAsync(new Attack { KeyId = new byte[16] }, StatusCode.NotFound, "does not have that key");

    [Fact]
    public async Task GetKeys_AuditTrailThatCannotBeWritten_GetsNothing()
    {
        CoordinatorHost host = await StartHolderAsync();
        await host.Services.GetRequiredService<MarbleRun.Coordinator.Audit.AuditLog>().CloseAsync();

        RpcException exception = await Assert.ThrowsAsync<RpcException>(() => AskAsync(host));

        Assert.Contains("the audit trail cannot be written", exception.Status.Detail, StringComparison.Ordinal);
    }

    private static ReportData Bind(
        PeerBinding binding,
        string role,
        ReadOnlyMemory<byte> nonce,
        ReadOnlyMemory<byte> key,
        string purpose = AttestationBinding.KeyHandOver) => new AttestationBinding
        {
            Purpose = purpose,
            Role = role,
            Nonce = nonce,
            KeyHash = key,
            RootHash = binding.RootHash,
            ManifestHash = binding.ManifestHash,
        }.ToReportData();

    private static ValueTask<SealingKey> KeyOfAsync(CoordinatorHost host) =>
        host.Services.GetRequiredService<DeploymentKeyProvider>().GetKeyAsync(SealingPolicy.ProductKey, Cancellation);

    private async Task<CoordinatorHost> StartHolderAsync()
    {
        CoordinatorHost host = await StartAsync("holder");
        await SetManifestAsync(host);
        return host;
    }

    private async Task AssertRefusedAsync(Attack attack, StatusCode code, string reason)
    {
        CoordinatorHost host = await StartHolderAsync();

        RpcException exception = await Assert.ThrowsAsync<RpcException>(() => AskAsync(host, attack));

        Assert.Equal(code, exception.StatusCode);
        Assert.Contains(reason, exception.Status.Detail, StringComparison.Ordinal);
        string record = Assert.Single(AuditOf("holder").Split('\n'), l => l.Contains("keys.handover", StringComparison.Ordinal));
        Assert.Contains("\"outcome\":\"denied\"", record, StringComparison.Ordinal);
    }

    private async Task<PeerKeysResponse> AskAsync(CoordinatorHost host, Attack? attack = null)
    {
        using var channel = new PeerChannel(AddressOf(host), _identity);
        var client = new Peer.PeerClient(channel.Grpc);
        PeerKeysRequest request = await PrepareAsync(host, client, attack ?? new Attack());
        return await client.GetKeysAsync(request, cancellationToken: Cancellation);
    }

    private async Task<PeerKeysRequest> PrepareAsync(CoordinatorHost host, Peer.PeerClient client, Attack attack)
    {
        PeerChallengeResponse challenge = await client.ChallengeAsync(new PeerChallengeRequest(), cancellationToken: Cancellation);
        var binding = new PeerBinding(challenge.RootFingerprint.Memory, challenge.ManifestFingerprint.Memory);
        ReportData reportData = attack.Bind(
            binding, AttestationBinding.KeyRequesterRole, challenge.Challenge.ToByteArray(), _identity.KeyHash);
        Quote quote = await attack.Issuer(Platform).IssueAsync(reportData, Cancellation);
        using SealingKey key = await KeyOfAsync(host);
        return new PeerKeysRequest
        {
            Challenge = challenge.Challenge,
            Nonce = ByteString.CopyFrom(RandomNumberGenerator.GetBytes(32)),
            Policy = 2,
            KeyId = ByteString.CopyFrom(attack.KeyId ?? key.Id.ToArray()),
            Evidence = ByteString.CopyFrom(attack.Evidence ?? EvidenceWrapper.Wrap(quote)),
        };
    }

    /// <summary>One call; each member is what a genuine Coordinator would send unless an attack says otherwise.</summary>
    private sealed record Attack
    {
        public Func<SimulationPlatform, IQuoteIssuer> Issuer { get; init; } = p => p.CreateIssuer(Code(p, 'a'));

        public Func<PeerBinding, string, byte[], byte[], ReportData> Bind { get; init; } =
            (binding, role, nonce, key) => PeerAttackTests.Bind(binding, role, nonce, key);

        public byte[]? Evidence { get; init; }

        public byte[]? KeyId { get; init; }
    }
}
