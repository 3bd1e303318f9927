using System.Globalization;
using MarbleRun.Attestation;

namespace MarbleRun.Cli.Quotes;

/// <summary><c>marblerun quote verify</c>.</summary>
internal static class QuoteVerification
{
    public static async Task<int> RunAsync(VerifyOptions options, TextWriter output, CancellationToken cancellationToken)
    {
        EvidenceFile evidence = await EvidenceInput.ReadAsync(options.File, options.Format, cancellationToken);
        Quote quote = evidence.Quote;
        IEvidenceFormat format = EvidenceFormats.Find(quote);
        IQuoteVerifier verifier = await format.CreateVerifierAsync(options, Clock(options.At), cancellationToken);

        // Packages compare debug both ways; here debug is allowed, not demanded.
        bool debug = options.AllowDebug && format.IsDebug(quote);
        Verdict verdict = await verifier.VerifyAsync(quote, format.Expect(quote, debug), cancellationToken);
        await output.WriteLineAsync(options.Json ? VerdictJson.Write(verdict, format, evidence) : VerdictText.Write(verdict, evidence));
        return verdict.IsAccepted ? ExitCodes.Accepted : ExitCodes.Rejected;
    }

    private static TimeProvider Clock(string? at)
    {
        if (at is null)
        {
            return TimeProvider.System;
        }

        return DateTimeOffset.TryParse(at, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out DateTimeOffset time)
            ? new FixedClock(time)
            : throw new InputException($"--at {at} is not a time like 2026-01-31T12:00:00Z.");
    }

    private sealed class FixedClock(DateTimeOffset time) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => time.ToUniversalTime();
    }
}
