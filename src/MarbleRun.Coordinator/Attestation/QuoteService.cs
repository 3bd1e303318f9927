using MarbleRun.Attestation;
using MarbleRun.Attestation.Claims;
using MarbleRun.Coordinator.Limits;
using MarbleRun.Coordinator.State;

namespace MarbleRun.Coordinator.Attestation;

/// <summary>
/// The Coordinator's own quotes: one over its root certificate, made before any port opens, and fresh ones over a caller's nonce.
/// </summary>
internal sealed partial class QuoteService(QuoteGate gate, CurrentState current, SimulatedEvidenceCheck check, ILogger<QuoteService> logger)
{
    private volatile CachedQuote? _cached;

    /// <summary>Makes the quote that everybody gets, and in a simulation checks that it is one of this platform.</summary>
    public async Task ProveAsync(CancellationToken cancellationToken)
    {
        CoordinatorState state = current.Value;
        Quote own = await GetAsync(state, default, Caller.Own, cancellationToken);
        await check.RequireAsync(own, ReportData.ForCertificate(state.Authority.Root.RawData), cancellationToken);
    }

    /// <summary>
    /// A quote over the root certificate of <paramref name="state"/>, followed by <paramref name="nonce"/>; without a nonce it is made
    /// once.
    /// </summary>
    /// <exception cref="BusyException">Too many fresh quotes are being made.</exception>
    /// <exception cref="AttestationException">The platform gives none.</exception>
    public async ValueTask<Quote> GetAsync(
        CoordinatorState state, ReadOnlyMemory<byte> nonce, Caller caller, CancellationToken cancellationToken)
    {
        if (!nonce.IsEmpty)
        {
            return await IssueAsync(state, nonce, caller, cancellationToken);
        }

        // Recovery brings another root than the one that stood in for it.
        ReadOnlyMemory<byte> root = state.Authority.Root.RawDataMemory;
        if (_cached is { } cached && cached.Root.Span.SequenceEqual(root.Span))
        {
            return cached.Quote;
        }

        var made = new CachedQuote(root, await IssueAsync(state, nonce, caller, cancellationToken));
        _cached = made;
        Log.Issued(logger, made.Quote.RawData.Length);
        return made.Quote;
    }

    private Task<Quote> IssueAsync(
        CoordinatorState state, ReadOnlyMemory<byte> nonce, Caller caller, CancellationToken cancellationToken) =>
        gate.IssueAsync(ReportData.ForCertificate(state.Authority.Root.RawData, nonce.Span), caller, cancellationToken);

    private sealed record CachedQuote(ReadOnlyMemory<byte> Root, Quote Quote);

    private static partial class Log
    {
        [LoggerMessage(
            EventIds.OwnQuoteIssued,
            LogLevel.Information,
            "The platform issued the Coordinator's quote over its root certificate ({Length} bytes).",
            EventName = "OwnQuoteIssued")]
        public static partial void Issued(ILogger logger, int length);
    }
}
