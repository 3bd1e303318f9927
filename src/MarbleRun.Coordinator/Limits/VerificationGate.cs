using MarbleRun.Attestation;

namespace MarbleRun.Coordinator.Limits;

/// <summary>
/// All verification of evidence that callers send comes through here, before anything of it is read: few at the same moment, and few that
/// wait, by address. Who waits for a source of collateral holds a place, but no turn.
/// </summary>
internal sealed class VerificationGate(IQuoteVerifier verifier, CurrentCaller current) : IDisposable
{
    public const int Places = 512;
    public const int PlacesOfOneAddress = 64;

    private readonly CallPlaces _unknown = new(Places, PlacesOfOneAddress);
    private readonly CallPlaces _known = new(Places, PlacesOfOneAddress);
    private readonly SemaphoreSlim _turn = new(AtOnce, AtOnce);

    /// <summary>Half of the machine is left for everything else.</summary>
    public static int AtOnce { get; } = Math.Max(1, Environment.ProcessorCount / 2);

    /// <param name="quote">The evidence, as it was sent.</param>
    /// <param name="expectation">What it must say.</param>
    /// <param name="caller">Who sent it.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="BusyException">There is no place: of the caller's address, or at all.</exception>
    public async Task<Verdict> VerifyAsync(Quote quote, QuoteExpectation expectation, Caller caller, CancellationToken cancellationToken)
    {
        CallPlaces places = caller.IsKnown ? _known : _unknown;
        PlaceOutcome outcome = places.TryTake(caller.Address);
        if (outcome != PlaceOutcome.Taken)
        {
            bool isCallersShare = outcome == PlaceOutcome.CallerFull;
            throw new BusyException(isCallersShare, isCallersShare
                ? $"too much evidence is being verified for this address: at most {PlacesOfOneAddress} at once; try again in a moment"
                : $"too much evidence is being verified: at most {Places} at once; try again in a moment");
        }

        try
        {
            current.Enter(caller);
            return await await TakeTurnAsync(quote, expectation, cancellationToken);
        }
        finally
        {
            places.Leave(caller.Address);
        }
    }

    public void Dispose() => _turn.Dispose();

    /// <summary>The turn is for what a processor does. It ends when the verifier has its verdict, or has to wait for a source.</summary>
    private async Task<Task<Verdict>> TakeTurnAsync(Quote quote, QuoteExpectation expectation, CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken);
        try
        {
            return verifier.VerifyAsync(quote, expectation, cancellationToken).AsTask();
        }
        finally
        {
            _turn.Release();
        }
    }
}
