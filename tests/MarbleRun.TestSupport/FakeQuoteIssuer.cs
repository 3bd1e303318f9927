using MarbleRun.Attestation;
using MarbleRun.Attestation.Claims;

namespace MarbleRun.TestSupport;

/// <summary>Issues quotes that are nothing but their report data; <see cref="FakeQuoteVerifier"/> reads them.</summary>
public sealed class FakeQuoteIssuer : IQuoteIssuer
{
    public ValueTask<Quote> IssueAsync(ReportData reportData, CancellationToken cancellationToken = default) =>
        ValueTask.FromResult(Issue(reportData));

    public static Quote Issue(ReportData reportData)
    {
        Span<byte> bytes = stackalloc byte[ReportData.Size];
        reportData.CopyTo(bytes);
        return Quote.FromRaw(bytes);
    }
}
