using System.Text;
using MarbleRun.Attestation;
using MarbleRun.Attestation.Checks;
using MarbleRun.Attestation.Claims;
using MarbleRun.Attestation.Dcap;
using MarbleRun.Audit;
using MarbleRun.Coordinator.Audit;
using MarbleRun.Coordinator.Limits;
using MarbleRun.Coordinator.State;

namespace MarbleRun.Coordinator.Attestation;

/// <summary>
/// Verifies quotes for those who cannot, and signs what came of it with the root's key. Nothing but the quote's authenticity and the state
/// of its platform is vouched for: no code, no time.
/// </summary>
internal sealed class QuoteSigning(VerificationGate verifications, AuditLog audit) : IDisposable
{
    public const int AtOnce = 2;
    public const int Places = 32;
    public const int PlacesOfOneAddress = 4;

    /// <summary>
    /// By the hash of the evidence. Any caller may ask, and a verification is the most expensive request of an unauthenticated caller.
    /// </summary>
    private readonly CostlyWork<string, string> _work = new(new CostlyWorkLimits("quotes to sign", AtOnce, Places, PlacesOfOneAddress));

    public void Dispose() => _work.Dispose();

    /// <param name="state">Has the root.</param>
    /// <param name="evidence">The quote as it was sent, with or without the header of evidence.</param>
    /// <param name="actor">Who asks.</param>
    /// <param name="caller">The same for the limits.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="QuoteNotSignedException">The quote is not genuine; the message says why.</exception>
    /// <exception cref="BusyException">Too many are being verified.</exception>
    public async Task<SignedQuote> SignAsync(
        CoordinatorState state, ReadOnlyMemory<byte> evidence, AuditActor actor, Caller caller, CancellationToken cancellationToken)
    {
        string status;
        string hash = Hash(evidence.Span);
        try
        {
            status = await _work.DoAsync(
                hash, caller, stop => VerifyAsync(Quote.FromEvidence(evidence.Span), caller, stop), cancellationToken);
        }
        catch (QuoteNotSignedException exception)
        {
            await audit.RecordUnknownCallerAsync("quote.sign", actor, exception.Message);
            throw;
        }

        // SHA-256 is taken over this text: base64 of the evidence as it was sent, and the status right behind it.
        byte[] signature = state.Authority.SignWithRoot(Encoding.ASCII.GetBytes(Convert.ToBase64String(evidence.Span) + status));
        await audit.RecordBoundedAsync(AuditOutcome.Allowed, "quote.sign", actor, ("tcbStatus", status), ("quoteHash", hash));
        return new SignedQuote(status, signature);
    }

    /// <summary>All that is not for the quote's authenticity is expected as the quote itself says it.</summary>
    private async Task<string> VerifyAsync(Quote quote, Caller caller, CancellationToken cancellationToken)
    {
        // What is not a quote fails by its form, whatever is expected of it.
        QuoteClaims? pretended = DcapQuoteContent.TryRead(quote, out DcapQuoteContent? content, out _) ? content.Claims : null;
        Verdict verdict = await verifications.VerifyAsync(
            quote, Expect(pretended?.ReportData ?? default, pretended?.Debug ?? false), caller, cancellationToken);

        // A platform that is out of date is what the caller wants to hear of, not a failure.
        return verdict.Claims is { Tee: TeeType.Sgx } genuine && (verdict.IsAccepted || IsStatusAlone(verdict))
            ? NameOf(genuine.TcbStatus)
            : throw new QuoteNotSignedException(
                verdict.Claims is { Tee: not TeeType.Sgx } ? "it is not a quote of Intel SGX" : verdict.Summary);
    }

    private static bool IsStatusAlone(Verdict verdict) =>
        verdict.Reason == VerdictReason.TcbStatus
        && verdict.Checks.First(c => c.Outcome == VerdictCheckOutcome.Failed).Code == VerdictCodes.TcbStatus;

    private static QuoteExpectation Expect(ReportData reportData, bool isDebug) => new()
    {
        ReportData = reportData,
        Package = new PackageProperties { Debug = isDebug, AcceptedTcbStatuses = [.. Enum.GetNames<TcbStatus>()] },
    };

    /// <summary>The names that clients of MarbleRun 1.9 know.</summary>
    private static string NameOf(TcbStatus status) => status switch
    {
        TcbStatus.UpToDate or TcbStatus.OutOfDate or TcbStatus.Revoked or TcbStatus.ConfigurationNeeded
            or TcbStatus.OutOfDateConfigurationNeeded
            or TcbStatus.SWHardeningNeeded or TcbStatus.ConfigurationAndSWHardeningNeeded => status.ToString(),
        _ => nameof(TcbStatus.Unknown),
    };

    private static string Hash(ReadOnlySpan<byte> evidence) =>
        Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(evidence));
}

/// <summary>A quote is not genuine, or not known to be; the message goes to the caller.</summary>
internal sealed class QuoteNotSignedException(string message) : Exception(message);

/// <summary>What came of a quote's verification.</summary>
/// <param name="TcbStatus">The state of its platform.</param>
/// <param name="Signature">ECDSA by the root key, DER.</param>
internal sealed record SignedQuote(string TcbStatus, ReadOnlyMemory<byte> Signature);
