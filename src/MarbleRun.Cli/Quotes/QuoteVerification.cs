using MarbleRun.Attestation;
using MarbleRun.Attestation.Evidence;

namespace MarbleRun.Cli.Quotes;

/// <summary><c>marblerun quote verify</c>.</summary>
internal static class QuoteVerification
{
    public static async Task<int> RunAsync(VerifyOptions options, TextWriter output, CancellationToken cancellationToken)
    {
        EvidenceFile evidence = await EvidenceInput.ReadAsync(options.File, options.Format, cancellationToken);
        Quote quote = evidence.Quote;
        IEvidenceFormat format = EvidenceFormats.Find(quote);
        IQuoteVerifier verifier = await format.CreateVerifierAsync(options.Trust, Clock(options.At), cancellationToken);

        // Packages require debug to be equal; here debug is allowed, not required.
        bool debug = options.AllowDebug && format.IsDebug(quote);
        Comparison comparison = await Expectations.CreateAsync(options, format.Expect(quote, debug), cancellationToken);
        Verdict verdict = await verifier.VerifyAsync(quote, comparison.Expectation, cancellationToken);
        await output.WriteLineAsync(
            options.Json ? VerdictJson.Write(verdict, format, evidence, comparison) : VerdictText.Write(verdict, evidence, comparison));
        return verdict.IsAccepted ? ExitCodes.Ok : ExitCodes.VerificationFailed;
    }

    private static TimeProvider Clock(string? at) => TimeText.Read("--at", at) is { } time ? new FixedClock(time) : TimeProvider.System;

    private sealed class FixedClock(DateTimeOffset time) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => time.ToUniversalTime();
    }
}
