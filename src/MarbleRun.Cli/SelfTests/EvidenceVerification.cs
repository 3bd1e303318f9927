using System.Diagnostics;
using MarbleRun.Attestation;
using MarbleRun.Cli.Quotes;

namespace MarbleRun.Cli.SelfTests;

/// <summary>Verifies evidence of this machine as <c>quote verify</c> does, and names no value that identifies the machine.</summary>
internal static class EvidenceVerification
{
    /// <param name="evidence">The evidence.</param>
    /// <param name="collateral">Where its collateral comes from.</param>
    /// <param name="trustedRoot">A file with the root to trust instead of the vendor's, or null.</param>
    /// <param name="cancellationToken">Ends the requests.</param>
    /// <exception cref="InputException">The collateral cannot be read.</exception>
    public static async Task<SelfTestStep> RunAsync(
        Quote evidence, string collateral, string? trustedRoot, CancellationToken cancellationToken)
    {
        long start = Stopwatch.GetTimestamp();
        IEvidenceFormat format = EvidenceFormats.Find(evidence);
        bool debug = format.IsDebug(evidence);
        var trust = new EvidenceTrust(collateral, trustedRoot, Simulation: false);
        IQuoteVerifier verifier = await format.CreateVerifierAsync(trust, TimeProvider.System, cancellationToken);
        Verdict verdict = await verifier.VerifyAsync(evidence, format.Expect(evidence, debug), cancellationToken);
        string detail = verdict.IsAccepted
            ? $"genuine, TCB status {verdict.Claims!.TcbStatus}{(debug ? ", IN DEBUG MODE" : string.Empty)}"
            : "rejected: " + string.Join(", ", verdict.Checks.Where(c => c.Outcome == VerdictCheckOutcome.Failed).Select(c => c.Code))
                + "; docs/attestation-verdicts.md explains these checks";
        return new SelfTestStep(
            "verification",
            verdict.IsAccepted ? SelfTestOutcome.Passed : SelfTestOutcome.Failed,
            detail,
            Stopwatch.GetElapsedTime(start));
    }
}
