using Google.Protobuf;
using MarbleRun.Coordinator.Limits;
using MarbleRun.Coordinator.State;
using MarbleRun.Protos;

namespace MarbleRun.Coordinator.Peers;

/// <summary>
/// Answers who this Coordinator is. Any caller may ask, and a signature costs a processor some time, so few are made at once.
/// </summary>
internal sealed class StatusSigner(CurrentState current, PeerIdentity identity, TimeProvider timeProvider) : IDisposable
{
    public const int AtOnce = 1;
    public const int Places = 64;
    public const int PlacesOfOneAddress = 8;

    private readonly CostlyWork<ByteString, PeerHelloResponse> _work =
        new(new CostlyWorkLimits("signatures of the status", AtOnce, Places, PlacesOfOneAddress));

    /// <param name="nonce">32 bytes that the caller chose, or empty for an answer without a signature.</param>
    /// <param name="caller">Who asks.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="BusyException">There is no place: of the caller's address, or at all.</exception>
    public Task<PeerHelloResponse> AnswerAsync(ByteString nonce, Caller caller, CancellationToken cancellationToken) =>
        nonce.IsEmpty || !current.IsLoaded || current.Value.InRecovery
            ? Task.FromResult(Answer())
            : _work.DoAsync(nonce, caller, _ => Task.FromResult(Sign(nonce)), cancellationToken);

    public void Dispose() => _work.Dispose();

    private PeerHelloResponse Sign(ByteString nonce)
    {
        CoordinatorState state = current.Value;
        PeerHelloResponse answer = Answer();
        if (state.InRecovery)
        {
            return answer;
        }

        // A state is published once its commit is durable: a generation is not announced before that.
        var status = new PeerStatus(state.Phase, state.Generation, answer.Time);
        (answer.Phase, answer.Generation) = ((uint)status.Phase, status.Generation);
        answer.RootFingerprint = UnsafeByteOperations.UnsafeWrap(state.Authority.RootHash);
        answer.Signature = UnsafeByteOperations.UnsafeWrap(status.Sign(state.Authority, nonce.Span, identity.KeyHash));
        answer.RootCertificate = UnsafeByteOperations.UnsafeWrap(state.Authority.Root.RawDataMemory);
        return answer;
    }

    private PeerHelloResponse Answer()
    {
        CoordinatorState state = current.Value;
        return new PeerHelloResponse
        {
            Phase = (uint)state.Phase,
            Generation = state.InRecovery ? 0 : state.Generation,
            RootFingerprint = state.InRecovery ? ByteString.Empty : UnsafeByteOperations.UnsafeWrap(state.Authority.RootHash),
            Time = timeProvider.GetUtcNow().ToUnixTimeMilliseconds(),
        };
    }
}
