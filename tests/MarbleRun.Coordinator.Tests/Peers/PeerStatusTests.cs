using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using Google.Protobuf;
using Grpc.Core;
using MarbleRun.Coordinator.Peers;
using MarbleRun.Coordinator.Peers.Watching;
using MarbleRun.Coordinator.Tests.Stores;
using MarbleRun.Management;
using MarbleRun.Protos;
using MarbleRun.TestSupport;
using Microsoft.Extensions.DependencyInjection;

namespace MarbleRun.Coordinator.Tests.Peers;

/// <summary>What a Coordinator says of itself is believed only as far as its deployment signed it, for this call and connection.</summary>
[Trait("Security", "F5")]
public sealed class PeerStatusTests : PeerTest
{
    private readonly PeerIdentity _identity = new();

    [Fact]
    public async Task Ask_ReadyPeer_IsVerifiedWithItsGeneration()
    {
        CoordinatorHost first = await StartAsync("first");
        await SetManifestAsync(first);
        CoordinatorHost second = await StartAsync("second", peers: [AddressOf(first)]);

        PeerSighting sighting = Assert.Single(await AskAsync(second, StateOf(first).Authority.RootHash));

        Assert.Equal(AddressOf(first), sighting.Address);
        Assert.Equal(CoordinatorPhase.AcceptingMarbles, sighting.Verified!.Phase);
        Assert.Equal(StateOf(first).Generation, sighting.Verified.Generation);
        Assert.InRange(sighting.ClockSkew, -1, 1);
    }

    [Fact]
    [Trait("Security", "C1")]
    public async Task Ask_PeerOfAnotherDeployment_ProvesNothing()
    {
        CoordinatorHost other = await StartAsync("other", store: new SharedMemoryStore());
        CoordinatorHost host = await StartAsync("first", peers: [AddressOf(other)]);

        Assert.Null(Assert.Single(await AskAsync(host, StateOf(host).Authority.RootHash)).Verified);
    }

    [Fact]
    public async Task Ask_PeerInRecovery_ProvesNothing()
    {
        CoordinatorHost first = await StartAsync("first");
        await SetManifestAsync(first);
        CoordinatorHost locked = await StartAsync("locked", 'b');
        CoordinatorHost third = await StartAsync("third", peers: [AddressOf(first), AddressOf(locked)]);

        IReadOnlyList<PeerSighting> sightings = await AskAsync(third, StateOf(first).Authority.RootHash);

        Assert.Equal(CoordinatorPhase.Recovery, StateOf(locked).Phase);
        Assert.NotNull(sightings[0].Verified);
        Assert.Null(sightings[1].Verified);
        PeerHelloResponse answer = await HelloAsync(AddressOf(locked), RandomNumberGenerator.GetBytes(32));
        Assert.True(answer.Signature.IsEmpty && answer.RootCertificate.IsEmpty && answer.RootFingerprint.IsEmpty);
    }

    [Fact]
    public async Task Ask_ItselfAndOneThatIsGone_IsLeftOutOrProvesNothing()
    {
        await using (CoordinatorHost first = await StartAsync("first"))
        {
            await SetManifestAsync(first);
        }

        string own = FindFreeAddress();
        CoordinatorHost host = await StartAsync("first", peers: [own, "127.0.0.1:1"], port: own);

        PeerSighting gone = Assert.Single(await AskAsync(host, StateOf(host).Authority.RootHash));

        Assert.Equal("127.0.0.1:1", gone.Address);
        Assert.Null(gone.Verified);
    }

    /// <remarks>The server in the middle passes the caller's own nonce on, and the genuine answer back.</remarks>
    [Fact]
    [Trait("Security", "C4")]
    public async Task Ask_RelayedAnswer_ProvesNothing()
    {
        CoordinatorHost first = await StartAsync("first");
        await SetManifestAsync(first);
        var relay = new FakePeer((nonce, _) => HelloAsync(AddressOf(first), nonce.ToByteArray()));
        await using FakePeerHost server = await FakePeerHost.StartAsync(relay);
        CoordinatorHost host = await StartAsync("second", peers: [server.Address, AddressOf(first)]);

        IReadOnlyList<PeerSighting> sightings = await AskAsync(host, StateOf(first).Authority.RootHash);

        Assert.True(relay.HasSigned);
        Assert.Null(sightings[0].Verified);
        Assert.NotNull(sightings[1].Verified);
    }

    /// <remarks>The caller's own statement about itself, which anybody can ask for.</remarks>
    [Fact]
    [Trait("Security", "C3")]
    public async Task Ask_OwnAnswerSentBack_ProvesNothing()
    {
        string own = string.Empty;
        var reflection = new FakePeer((nonce, _) => HelloAsync(own, nonce.ToByteArray()));
        await using FakePeerHost server = await FakePeerHost.StartAsync(reflection);
        CoordinatorHost first = await StartAsync("first");
        await SetManifestAsync(first);
        CoordinatorHost host = await StartAsync("second", peers: [AddressOf(first)]);
        await first.DisposeAsync();
        own = AddressOf(host);
        CoordinatorHost victim = await StartAsync("third", peers: [own, server.Address]);
        own = AddressOf(victim);

        IReadOnlyList<PeerSighting> sightings = await AskAsync(victim, StateOf(victim).Authority.RootHash);

        Assert.True(reflection.HasSigned);
        Assert.Null(sightings[1].Verified);
    }

    [Theory]
    [InlineData("")]
    [InlineData("nonce")]
    [InlineData("key")]
    [InlineData("root")]
    [InlineData("certificate")]
    [InlineData("phase")]
    [InlineData("generation")]
    [InlineData("time")]
    [InlineData("signature")]
    [InlineData("unsigned")]
    [Trait("Security", "C2")]
    public async Task IsSignedBy_OneThingIsAnother_IsNot(string changed)
    {
        CoordinatorHost host = await StartAsync("first");
        await SetManifestAsync(host);
        byte[] nonce = RandomNumberGenerator.GetBytes(32);
        PeerHelloResponse answer = await HelloAsync(AddressOf(host), nonce);
        byte[] key = host.Services.GetRequiredService<PeerIdentity>().KeyHash;
        ReadOnlyMemory<byte> root = StateOf(host).Authority.RootHash;
        byte[] other = Authority.MeshAuthorityTests.Create().Root.RawData;

        bool isSigned = new PeerStatus(
            changed == "phase" ? CoordinatorPhase.AcceptingManifest : (CoordinatorPhase)answer.Phase,
            answer.Generation + (changed == "generation" ? 1u : 0u),
            answer.Time + (changed == "time" ? 1 : 0)).IsSignedBy(
                changed is "root" or "certificate" ? (changed == "root" ? new byte[32] : SHA256.HashData(other)) : root.Span,
                changed == "certificate" ? other : answer.RootCertificate.Span,
                changed == "signature" ? [0x30, 0x01, 0xff] : changed == "unsigned" ? [] : answer.Signature.Span,
                changed == "nonce" ? new byte[32] : nonce,
                changed == "key" ? new byte[32] : key);

        Assert.Equal(changed.Length == 0, isSigned);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(31)]
    [InlineData(33)]
    [Trait("Security", "G3")]
    public async Task Hello_NonceOfAnotherSize_IsRefused(int size)
    {
        CoordinatorHost host = await StartAsync("first");

        RpcException exception = await Assert.ThrowsAsync<RpcException>(() => HelloAsync(AddressOf(host), new byte[size]));

        Assert.Equal(StatusCode.InvalidArgument, exception.StatusCode);
    }

    [Fact]
    public async Task Hello_WithoutANonce_IsNotSigned()
    {
        CoordinatorHost host = await StartAsync("first");

        PeerHelloResponse answer = await HelloAsync(AddressOf(host), []);

        Assert.True(answer.Signature.IsEmpty);
        Assert.Equal(StateOf(host).Generation, answer.Generation);
    }

    private static Task<IReadOnlyList<PeerSighting>> AskAsync(CoordinatorHost host, ReadOnlyMemory<byte> root) =>
        host.Services.GetRequiredService<PeerProbe>().AskAllAsync(root, Cancellation);

    private static string FindFreeAddress()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return listener.LocalEndpoint.ToString()!;
    }

    private async Task<PeerHelloResponse> HelloAsync(string address, byte[] nonce)
    {
        using var channel = new PeerChannel(address, _identity);
        return await new Peer.PeerClient(channel.Grpc).HelloAsync(
            new PeerHelloRequest { Nonce = ByteString.CopyFrom(nonce) }, cancellationToken: Cancellation);
    }
}
