using System.Collections.Immutable;

namespace MarbleRun.Attestation.Claims;

/// <summary>A level of the vendor's list that fits a platform or one of its parts.</summary>
/// <param name="Status">Its status.</param>
/// <param name="Date">The day up to whose knowledge the level is safe (<c>tcbDate</c>).</param>
public sealed record TcbLevelClaims(TcbStatus Status, DateTimeOffset Date)
{
    /// <summary>The advisories (<c>INTEL-SA-…</c>) that the level is open to.</summary>
    public ImmutableArray<string> Advisories { get; init; } = [];
}
