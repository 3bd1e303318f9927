using System.Collections.Immutable;
using MarbleRun.Attestation.Claims;

namespace MarbleRun.Attestation;

/// <summary>What a quote must say to be accepted.</summary>
public sealed record QuoteExpectation
{
    /// <summary>The report data that the quote must cover; all 64 bytes are compared.</summary>
    public required ReportData ReportData { get; init; }

    /// <summary>The code that may have made the quote, and the platform states that are good enough.</summary>
    public required PackageProperties Package { get; init; }

    /// <summary>The kinds of machines that may run the code: any one must fit. Empty for any machine.</summary>
    public ImmutableArray<PlatformRequirement> Infrastructures { get; init; } = [];
}
