using MarbleRun.Attestation;
using MarbleRun.Attestation.Claims;

namespace MarbleRun.Premain;

/// <summary>
/// Takes evidence with root's rights while everything else uses files as the service's user, so that no link of that user leads root
/// anywhere.
/// </summary>
/// <param name="open">Opens the environment and returns its issuer; called once.</param>
/// <param name="user">The user of the service.</param>
/// <param name="group">The group of the service.</param>
internal sealed class RootIssuer(Func<IQuoteIssuer> open, uint user, uint group) : IQuoteIssuer
{
    private IQuoteIssuer? _issuer;

    public ValueTask<Quote> IssueAsync(ReportData reportData, CancellationToken cancellationToken = default)
    {
        // The rights are those of a thread: the issuer of the environment works on this one.
        NativeLaunch.UseFilesAs(0, 0);
        try
        {
            _issuer ??= open();
            return ValueTask.FromResult(_issuer.IssueAsync(reportData, cancellationToken).AsTask().GetAwaiter().GetResult());
        }
        finally
        {
            NativeLaunch.UseFilesAs(user, group);
        }
    }
}
