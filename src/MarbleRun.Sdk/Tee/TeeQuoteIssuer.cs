using MarbleRun.Attestation;
using MarbleRun.Attestation.Claims;

namespace MarbleRun.Tee;

/// <summary>Issues quotes from the environment of this process.</summary>
internal sealed class TeeQuoteIssuer(TeePlatform platform) : IQuoteIssuer
{
    /// <remarks>
    /// The call blocks in the kernel, up to 35 seconds, so it takes its own thread. A cancelled caller does not wait for it.
    /// </remarks>
    public async ValueTask<Quote> IssueAsync(ReportData reportData, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        try
        {
            return await Task.Factory
                .StartNew(
                    () => platform.GetEvidence(reportData),
                    CancellationToken.None,
                    TaskCreationOptions.LongRunning | TaskCreationOptions.DenyChildAttach,
                    TaskScheduler.Default)
                .WaitAsync(cancellationToken)
                .ConfigureAwait(false);
        }
        catch (TeeException exception)
        {
            throw Failed(exception);
        }
    }

    /// <summary>The failure of an environment that exists.</summary>
    public static AttestationException Failed(TeeException exception) =>
        new(AttestationFailure.IssuanceFailed, exception.Message, exception);
}
