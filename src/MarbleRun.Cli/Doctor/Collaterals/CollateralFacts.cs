using System.Collections.Immutable;
using MarbleRun.Attestation;
using MarbleRun.Attestation.Inspection;

namespace MarbleRun.Cli.Doctor.Collaterals;

/// <summary>The collateral of one piece of evidence.</summary>
/// <param name="Subject">Whose evidence it is, for the lines of the report.</param>
/// <param name="Verdict">The verdict with the collateral; any code is accepted.</param>
internal sealed record CollateralFacts(string Subject, Verdict Verdict)
{
    public ImmutableArray<CollateralDocument> Documents { get; init; } = [];

    /// <summary>What the source said when it gave nothing.</summary>
    public IReadOnlyList<string> Faults { get; init; } = [];

    /// <summary>The components below the up-to-date level; null where they can't be compared.</summary>
    public ImmutableArray<TcbGap>? Gaps { get; init; }

    /// <summary>The verdict with Intel's early set; null if this source has none.</summary>
    public Verdict? EarlyVerdict { get; init; }

    /// <summary>Like <see cref="Gaps"/>, with the early set.</summary>
    public ImmutableArray<TcbGap>? EarlyGaps { get; init; }
}
