using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Grpc.Core;
using MarbleRun.Attestation;
using MarbleRun.Attestation.Evidence;
using MarbleRun.Audit;
using MarbleRun.Coordinator.Attestation;
using MarbleRun.Coordinator.Audit;
using MarbleRun.Coordinator.Authority;
using MarbleRun.Coordinator.Diagnostics;
using MarbleRun.Coordinator.Limits;
using MarbleRun.Coordinator.State;
using MarbleRun.Coordinator.State.Changes;
using MarbleRun.Coordinator.State.Sealing;

namespace MarbleRun.Coordinator.Peers;

/// <summary>
/// Hands the keys of the deployment over to another Coordinator: first it verifies who asks, then it says who it is itself, then the audit
/// trail has the hand-over, and only then the keys leave.
/// </summary>
internal sealed partial class KeyHolder(
    CurrentState current,
    StateFreshness freshness,
    DeploymentKeyProvider keys,
    PeerIdentity identity,
    PeerNonces nonces,
    PeerJudge judge,
    QuoteGate quotes,
    AuditLog audit,
    PeerMetrics metrics,
    TimeProvider timeProvider,
    ILogger<KeyHolder> logger)
{
    public const string Action = "keys.handover";

    private readonly UnknownCallerLimit _refusals = new(timeProvider);

    /// <summary>The nonce for the caller, and the deployment that its evidence must name.</summary>
    /// <exception cref="HandOverException">This Coordinator has no state, or the caller is itself.</exception>
    public (byte[] Challenge, PeerBinding Deployment) Challenge(X509Certificate2? caller)
    {
        byte[] key = RequireOther(caller);
        return (nonces.Create(key), BindingOf(RequireState()));
    }

    /// <summary>Hands over.</summary>
    /// <exception cref="HandOverException">The caller gets nothing; code and message contain the reason.</exception>
    /// <exception cref="AuditException">The audit trail cannot be written, so the caller gets nothing.</exception>
    public async Task<HandOver> HandOverAsync(KeyRequest request, CancellationToken cancellationToken)
    {
        PeerVerdict? verdict = null;
        try
        {
            // An older manifest may list code that was removed since.
            await freshness.RequireNewestAsync(cancellationToken);
            CoordinatorState state = RequireState();
            byte[] callerKey = RequireOther(request.Certificate);
            PeerBinding deployment = BindingOf(state);
            await RequireUsefulAsync(request, callerKey, cancellationToken);
            if (!EvidenceWrapper.TryUnwrap(request.Evidence.Span, out Quote? evidence, out string? fault))
            {
                throw new HandOverException(StatusCode.InvalidArgument, $"the evidence cannot be read: {fault}");
            }

            var proof = new PeerProof(evidence, deployment.OfRequester(request.Challenge, callerKey), request.Caller);
            verdict = await judge.JudgeAsync(proof, state.Manifest?.Manifest, cancellationToken);
            if (!verdict.IsAccepted)
            {
                throw new HandOverException(
                    verdict.IsTransient ? StatusCode.Unavailable : StatusCode.PermissionDenied,
                    $"the evidence was refused: {verdict.Refusal}");
            }

            if (!nonces.TryUse(request.Challenge.Span))
            {
                throw new HandOverException(StatusCode.FailedPrecondition, "the challenge was used before; ask for another one");
            }

            Quote own = await quotes.IssueAsync(deployment.OfHolder(request.Nonce, identity.KeyHash), Caller.Own, cancellationToken);
            HandOver given = await GiveAsync(state, request, verdict, own, cancellationToken);
            metrics.HandedOver("given");
            return given;
        }
        catch (HandOverException exception)
        {
            metrics.HandedOver("refused");
            await RecordRefusalAsync(request, verdict, exception);
            throw;
        }
    }

    private async Task<HandOver> GiveAsync(
        CoordinatorState state, KeyRequest request, PeerVerdict verdict, Quote own, CancellationToken cancellationToken)
    {
        (string measurement, string platform) = Describe(verdict);
        await audit.RecordAsync(
            AuditOutcome.Allowed,
            Action,
            AuditActor.Of(request.Certificate),
            ("basis", verdict.Basis!),
            ("measurement", measurement),
            ("platform", platform),
            ("peer", request.Address),
            ("key", Convert.ToHexStringLower(request.KeyId.Span)));
        if (!current.Value.HasSameMesh(state))
        {
            throw new HandOverException(StatusCode.Aborted, "the manifest was changed during the hand-over; ask again");
        }

        IReadOnlyList<DeploymentKey> given = await keys.CopyForPeerAsync(request.Policy, request.KeyId, cancellationToken)
            ?? throw Unknown();
        Log.HandedOver(logger, request.Address, measurement, platform, verdict.Basis!);
        return new HandOver(own, given);
    }

    /// <summary>What costs nothing comes first.</summary>
    private async ValueTask RequireUsefulAsync(KeyRequest request, byte[] callerKey, CancellationToken cancellationToken)
    {
        if (request.Nonce.Length != AttestationBinding.NonceSize || !DeploymentKey.IsId(request.KeyId.Span))
        {
            throw new HandOverException(StatusCode.InvalidArgument, "the nonce or the identifier of the key has the wrong form");
        }

        if (!nonces.IsValid(request.Challenge.Span, callerKey))
        {
            throw new HandOverException(
                StatusCode.FailedPrecondition,
                "the challenge is not one for the key of this connection, or it has ended; ask for another one");
        }

        if (!await keys.HasAsync(request.Policy, request.KeyId, cancellationToken))
        {
            throw Unknown();
        }
    }

    private static HandOverException Unknown() => new(StatusCode.NotFound, "this Coordinator does not have that key");

    private CoordinatorState RequireState() => current is { IsLoaded: true, Value: { InRecovery: false } state }
        ? state
        : throw new HandOverException(StatusCode.FailedPrecondition, "this Coordinator waits for its recovery itself");

    private byte[] RequireOther(X509Certificate2? certificate)
    {
        byte[] key = certificate is null
            ? throw new HandOverException(StatusCode.Unauthenticated, "the connection has no client certificate")
            : PeerIdentity.HashOf(certificate);
        return key.AsSpan().SequenceEqual(identity.KeyHash)
            ? throw new HandOverException(StatusCode.FailedPrecondition, "it is this Coordinator itself")
            : key;
    }

    internal static PeerBinding BindingOf(CoordinatorState state) => new(
        state.Authority.RootHash,
        state.Manifest is { } manifest ? Convert.FromHexString(manifest.Fingerprint) : new byte[SHA256.HashSizeInBytes]);

    /// <summary>For a refusal, what the evidence claims, verified or not.</summary>
    private static (string Measurement, string Platform) Describe(PeerVerdict? verdict) =>
        AttestedCode.Of(verdict?.Verdict?.Claims) is { } code
            ? (Convert.ToHexStringLower(code.Measurement.Span), Convert.ToHexStringLower(code.Platform.Span))
            : (string.Empty, string.Empty);

    private async Task RecordRefusalAsync(KeyRequest request, PeerVerdict? verdict, HandOverException exception)
    {
        (string measurement, string platform) = Describe(verdict);
        if (_refusals.TryTake(Action, AuditOutcome.Denied, certificateHash: null, out _))
        {
            Log.Refused(logger, request.Address, exception.StatusCode, LogText.Clean(exception.Message));
        }

        await audit.RecordUnknownCallerAsync(
            Action,
            AuditActor.Of(request.Certificate),
            exception.Message,
            ("measurement", measurement),
            ("platform", platform),
            ("peer", request.Address));
    }

    private static partial class Log
    {
        [LoggerMessage(
            EventIds.KeysHandedOver,
            LogLevel.Information,
            "Handed the keys of the deployment over to the Coordinator at {PeerAddress}: measurement {Measurement}, platform "
            + "{PlatformId}, accepted as {Basis}.",
            EventName = "KeysHandedOver")]
        public static partial void HandedOver(ILogger logger, string peerAddress, string measurement, string platformId, string basis);

        [LoggerMessage(
            EventIds.HandOverRefused,
            LogLevel.Warning,
            "A request from {PeerAddress} for the keys of the deployment was refused with {StatusCode}: {Reason}",
            EventName = "HandOverRefused")]
        public static partial void Refused(ILogger logger, string peerAddress, StatusCode statusCode, string reason);
    }
}

/// <summary>A request for the keys of the deployment.</summary>
/// <param name="Certificate">The certificate of the connection, or null.</param>
/// <param name="Challenge">What this Coordinator sent.</param>
/// <param name="Nonce">What the caller chose.</param>
/// <param name="Policy">The policy of the key that it needs.</param>
/// <param name="KeyId">The identifier of that key.</param>
/// <param name="Evidence">A record of the Conceptual Message Wrapper, CBOR.</param>
/// <param name="Address">The caller's address.</param>
/// <param name="Caller">The caller, for limits.</param>
internal sealed record KeyRequest(
    X509Certificate2? Certificate,
    ReadOnlyMemory<byte> Challenge,
    ReadOnlyMemory<byte> Nonce,
    SealingPolicy Policy,
    ReadOnlyMemory<byte> KeyId,
    ReadOnlyMemory<byte> Evidence,
    string Address,
    Caller Caller);

/// <summary>What a caller gets that was accepted; the sender disposes of the keys.</summary>
/// <param name="Evidence">The evidence of this Coordinator.</param>
/// <param name="Keys">The keys.</param>
internal sealed record HandOver(Quote Evidence, IReadOnlyList<DeploymentKey> Keys);

/// <summary>The caller gets no keys; code and message go to it.</summary>
internal sealed class HandOverException(StatusCode statusCode, string message) : Exception(message)
{
    public StatusCode StatusCode => statusCode;
}
