using MarbleRun.Attestation;
using MarbleRun.Coordinator.State;

namespace MarbleRun.Coordinator.Attestation;

/// <summary>The Coordinator's own quotes: one over its root certificate, made before any port opens, and fresh ones over a caller's nonce.</summary>
internal sealed partial class QuoteService(IQuoteIssuer issuer, CurrentState current, ILogger<QuoteService> logger) : IHostedLifecycleService
{
    private Quote? _cached;

    public async Task StartingAsync(CancellationToken cancellationToken)
    {
        _cached = await IssueAsync(current.Value, default, cancellationToken);
        Log.Issued(logger, _cached.RawData.Length);
    }

    /// <summary>A quote over the root certificate of <paramref name="state"/>, followed by <paramref name="nonce"/>.</summary>
    public async ValueTask<Quote> GetAsync(CoordinatorState state, ReadOnlyMemory<byte> nonce, CancellationToken cancellationToken) =>
        nonce.IsEmpty && _cached is not null ? _cached : await IssueAsync(state, nonce, cancellationToken);

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private ValueTask<Quote> IssueAsync(CoordinatorState state, ReadOnlyMemory<byte> nonce, CancellationToken cancellationToken) =>
        issuer.IssueAsync(ReportData.ForCertificate(state.Authority.Root.RawData, nonce.Span), cancellationToken);

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Information, "The platform issued the Coordinator's quote over its root certificate ({Length} bytes).", EventName = "OwnQuoteIssued")]
        public static partial void Issued(ILogger logger, int length);
    }
}
