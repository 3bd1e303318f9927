using System.Security.Cryptography;
using Google.Protobuf;
using Grpc.Core;
using MarbleRun.Management;
using MarbleRun.Protos;

namespace MarbleRun.Coordinator.Peers.Watching;

/// <summary>
/// Asks the other Coordinators for their status. Only what the root key of a known deployment signed, for this call and for the key of the
/// connection, is taken for an answer.
/// </summary>
internal sealed class PeerProbe(PeerAddresses addresses, PeerIdentity identity, TimeProvider timeProvider)
{
    /// <summary>The longest wait for the answers of all peers.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    /// <summary>Whether the options name any peer.</summary>
    public bool HasPeers => addresses.AreNamed;

    /// <summary>Asks all peers at the same time. This Coordinator itself, if it is listed, is left out.</summary>
    /// <param name="rootHash">SHA-256 of the root certificate of the deployment.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public async Task<IReadOnlyList<PeerSighting>> AskAllAsync(ReadOnlyMemory<byte> rootHash, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(Patience);
        try
        {
            (IReadOnlyList<string> found, _) = await addresses.FindAsync(limit.Token);
            PeerSighting?[] sightings = await Task.WhenAll(found.Select(address => AskAsync(address, rootHash, limit.Token)));
            cancellationToken.ThrowIfCancellationRequested();
            return [.. sightings.OfType<PeerSighting>()];
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            // The name was not resolved in time.
            return [];
        }
    }

    /// <returns>Null if it is this Coordinator itself.</returns>
    private async Task<PeerSighting?> AskAsync(string address, ReadOnlyMemory<byte> rootHash, CancellationToken cancellationToken)
    {
        using var channel = new PeerChannel(address, identity);
        byte[] nonce = RandomNumberGenerator.GetBytes(PeerStatus.NonceSize);
        try
        {
            // The handshake, which this does first, is not a part of the round trip that is measured.
            var client = new Peer.PeerClient(channel.Grpc);
            PeerHelloResponse first = await client.HelloAsync(new PeerHelloRequest(), cancellationToken: cancellationToken);
            if (channel.KeyHash.AsSpan().SequenceEqual(identity.KeyHash))
            {
                return null;
            }

            if (!first.RootFingerprint.Span.SequenceEqual(rootHash.Span))
            {
                return new PeerSighting(address, null);
            }

            long start = timeProvider.GetTimestamp();
            PeerHelloResponse answer = await client.HelloAsync(
                new PeerHelloRequest { Nonce = UnsafeByteOperations.UnsafeWrap(nonce) }, cancellationToken: cancellationToken);
            double roundTrip = timeProvider.GetElapsedTime(start).TotalMilliseconds;
            double ownTime = timeProvider.GetUtcNow().ToUnixTimeMilliseconds() - (roundTrip / 2);
            var status = new PeerStatus((CoordinatorPhase)answer.Phase, answer.Generation, answer.Time);
            bool isVerified = status.IsSignedBy(
                rootHash.Span, answer.RootCertificate.Span, answer.Signature.Span, nonce, channel.KeyHash);
            return isVerified
                ? new PeerSighting(address, status, (answer.Time - ownTime) / 1000)
                : new PeerSighting(address, null);
        }
        catch (Exception exception) when (exception is RpcException or OperationCanceledException)
        {
            return new PeerSighting(address, null);
        }
    }
}
