using System.Collections.Immutable;
using MarbleRun.Attestation.Claims;

namespace MarbleRun.Attestation;

/// <summary>The content that a quote must have to be accepted.</summary>
public sealed record QuoteExpectation
{
    /// <summary>The report data that the quote must cover; all 64 bytes are compared.</summary>
    public required ReportData ReportData { get; init; }

    /// <summary>The allowed code and the accepted states of the platform.</summary>
    public required PackageProperties Package { get; init; }

    /// <summary>The kinds of machines that may run the code: one must match. Empty allows any machine.</summary>
    public ImmutableArray<PlatformRequirement> Infrastructures { get; init; } = [];
}
