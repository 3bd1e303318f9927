using System.Security.Cryptography;
using Google.Protobuf;
using Grpc.Core;
using MarbleRun.Attestation;
using MarbleRun.Attestation.Evidence;
using MarbleRun.Coordinator.Attestation;
using MarbleRun.Coordinator.Diagnostics;
using MarbleRun.Coordinator.Limits;
using MarbleRun.Coordinator.State.Sealing;
using MarbleRun.Protos;
using Microsoft.Extensions.Options;

namespace MarbleRun.Coordinator.Peers;

/// <summary>
/// Asks the other Coordinators for the keys of the deployment. This Coordinator proves which code it is, verifies the peer, and uses
/// nothing before that.
/// </summary>
internal sealed partial class KeyRequester(
    PeerAddresses addresses,
    PeerIdentity identity,
    PeerJudge judge,
    QuoteGate quotes,
    PeerJournal journal,
    PeerMetrics metrics,
    IOptions<CoordinatorOptions> options,
    IHostApplicationLifetime lifetime,
    ILogger<KeyRequester> logger) : IKeySource
{
    /// <summary>A peer that just won the first commit opens its port within a second or two.</summary>
    private static readonly TimeSpan s_pause = TimeSpan.FromMilliseconds(500);

    /// <summary>While callers wait for the state.</summary>
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(3);

    /// <summary>Two quotes and their verification, on slow hardware.</summary>
    private static readonly TimeSpan s_timeout = TimeSpan.FromSeconds(20);

    public async ValueTask<KeyAnswer> AskAsync(SealingPolicy policy, ReadOnlyMemory<byte> id, CancellationToken cancellationToken)
    {
        if (!addresses.AreNamed)
        {
            return new KeyAnswer(null, string.Empty);
        }

        TimeSpan patience = lifetime.ApplicationStarted.IsCancellationRequested ? s_patience : options.Value.Peers.StartTimeout;
        long start = TimeProvider.System.GetTimestamp();
        while (true)
        {
            var faults = new SortedDictionary<string, PeerFault>(StringComparer.Ordinal);
            (IReadOnlyList<string> found, IReadOnlyDictionary<string, string> notFound) = await addresses.FindAsync(cancellationToken);
            foreach ((string where, string reason) in notFound)
            {
                faults[where] = new PeerFault(reason, MayPass: true);
            }

            foreach (string address in found)
            {
                (ReceivedKeys? received, PeerFault? why) = await TryAskAsync(address, policy, id, cancellationToken);
                if (received is not null)
                {
                    metrics.Asked("received");
                    return new KeyAnswer(received, string.Empty);
                }

                faults[address] = why!;
            }

            if (TimeProvider.System.GetElapsedTime(start) >= patience || !faults.Values.Any(f => f.MayPass))
            {
                metrics.Asked("refused");
                return new KeyAnswer(null, string.Join("; ", faults.Select(f => $"{f.Key}: {f.Value.Reason}")));
            }

            await Task.Delay(s_pause, TimeProvider.System, cancellationToken);
        }
    }

    private async Task<(ReceivedKeys? Received, PeerFault? Fault)> TryAskAsync(
        string address, SealingPolicy policy, ReadOnlyMemory<byte> id, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(s_timeout);
        try
        {
            return (await AskAsync(address, policy, id, limit.Token), null);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return (null, new PeerFault($"it did not answer within {s_timeout.TotalSeconds:0} seconds", MayPass: true));
        }
        catch (RpcException exception)
        {
            string reason = LogText.Clean(exception.Status.Detail);
            return (null, new PeerFault(
                reason.Length == 0 ? exception.StatusCode.ToString() : reason,
                exception.StatusCode is not (StatusCode.PermissionDenied or StatusCode.InvalidArgument or StatusCode.Unimplemented)));
        }
        catch (UntrustedHolderException exception)
        {
            return (null, new PeerFault(exception.Message, exception.MayPass));
        }
        catch (BusyException exception)
        {
            return (null, new PeerFault(exception.Message, MayPass: true));
        }
        catch (AttestationException exception)
        {
            return (null, new PeerFault($"the platform of this Coordinator gave no evidence: {exception.Message}", MayPass: true));
        }
    }

    private async Task<ReceivedKeys> AskAsync(
        string address, SealingPolicy policy, ReadOnlyMemory<byte> id, CancellationToken cancellationToken)
    {
        using var channel = new PeerChannel(address, identity);
        var client = new Peer.PeerClient(channel.Grpc);
        PeerChallengeResponse challenge = await client.ChallengeAsync(new PeerChallengeRequest(), cancellationToken: cancellationToken);
        if (challenge.Challenge.Length != PeerNonces.Size
            || challenge.RootFingerprint.Length != SHA256.HashSizeInBytes
            || challenge.ManifestFingerprint.Length != SHA256.HashSizeInBytes)
        {
            throw new UntrustedHolderException("its challenge has the wrong form");
        }

        var deployment = new PeerBinding(challenge.RootFingerprint.Memory, challenge.ManifestFingerprint.Memory);
        byte[] nonce = RandomNumberGenerator.GetBytes(AttestationBinding.NonceSize);
        var own = new PeerProof(null!, deployment.OfRequester(challenge.Challenge.Memory, identity.KeyHash), Caller.Own);
        own = own with { Evidence = await quotes.IssueAsync(own.ReportData, Caller.Own, cancellationToken) };
        PeerKeysResponse answer = await client.GetKeysAsync(
            new PeerKeysRequest
            {
                Challenge = challenge.Challenge,
                Nonce = UnsafeByteOperations.UnsafeWrap(nonce),
                Policy = PeerGrpcService.NumberOf(policy),
                KeyId = UnsafeByteOperations.UnsafeWrap(id),
                Evidence = UnsafeByteOperations.UnsafeWrap(EvidenceWrapper.Wrap(own.Evidence)),
            },
            cancellationToken: cancellationToken);
        if (!EvidenceWrapper.TryUnwrap(answer.Evidence.Span, out Quote? evidence, out string? fault))
        {
            throw new UntrustedHolderException($"its evidence cannot be read: {fault}");
        }

        var holder = new PeerProof(evidence, deployment.OfHolder(nonce, channel.KeyHash), Caller.Own);
        PeerVerdict verdict = await judge.JudgeAsync(holder, manifest: null, cancellationToken);
        if (!verdict.IsAccepted)
        {
            // Other code: what it gave may open the state, and then the manifest in it decides.
            verdict = await judge.JudgeGenuineAsync(holder, cancellationToken);
        }

        if (!verdict.IsAccepted)
        {
            throw new UntrustedHolderException($"its evidence was refused: {verdict.Refusal}") { MayPass = verdict.IsTransient };
        }

        return new PeerKeys(ReadKeys(answer, policy, id), address, own, holder, verdict, deployment, judge, journal, logger);
    }

    /// <summary>The key that was asked for, and at most one for the other policy.</summary>
    private static List<DeploymentKey> ReadKeys(PeerKeysResponse answer, SealingPolicy policy, ReadOnlyMemory<byte> id)
    {
        var keys = new List<DeploymentKey>();
        foreach (PeerKey given in answer.Keys.Take(2))
        {
            if (PeerGrpcService.PolicyOf(given.Policy) is { } of
                && given.Key.Length == SealingKey.Size
                && !keys.Exists(k => k.Policy == of))
            {
                keys.Add(new DeploymentKey(of, given.Key.Span));
            }
        }

        if (!keys.Exists(k => k.Is(policy, id.Span)))
        {
            keys.ForEach(k => k.Dispose());
            throw new UntrustedHolderException("it gave another key than the one that was asked for");
        }

        return keys;
    }

    /// <summary>Why a peer gave nothing.</summary>
    /// <param name="Reason">The end of a phrase.</param>
    /// <param name="MayPass">Whether another attempt can succeed.</param>
    private sealed record PeerFault(string Reason, bool MayPass);
}

/// <summary>A peer is not trusted.</summary>
internal sealed class UntrustedHolderException(string message) : Exception(message)
{
    public bool MayPass { get; init; }
}
