using MarbleRun.Attestation;
using MarbleRun.Attestation.Claims;

namespace MarbleRun.TestSupport;

/// <summary>Accepts what <see cref="FakeQuoteIssuer"/> issued for the expected report data, and nothing else.</summary>
public sealed class FakeQuoteVerifier : IQuoteVerifier
{
    private const string Code = "quote.report-data";

    public ValueTask<Verdict> VerifyAsync(Quote quote, QuoteExpectation expectation, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(quote);
        ArgumentNullException.ThrowIfNull(expectation);
        if (quote.RawData.Length == ReportData.Size && ReportData.FromBytes(quote.RawData.Span) == expectation.ReportData)
        {
            var claims = new QuoteClaims
            {
                Tee = TeeType.Sgx,
                UniqueId = new string('a', 64),
                SignerId = new string('b', 64),
                ProductId = 3,
                SecurityVersion = 1,
                Debug = false,
                ReportData = expectation.ReportData,
            };
            return ValueTask.FromResult(Verdict.Accept(claims, [new VerdictCheck(Code, VerdictCheckOutcome.Passed)]));
        }

        var failed = new VerdictCheck(Code, VerdictCheckOutcome.Failed)
        {
            Expected = expectation.ReportData.ToString(),
            Found = quote.ToString(),
        };
        return ValueTask.FromResult(Verdict.Reject(VerdictReason.Policy, claims: null, [failed]));
    }
}
