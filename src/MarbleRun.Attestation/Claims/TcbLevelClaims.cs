using System.Collections.Immutable;

namespace MarbleRun.Attestation.Claims;

/// <summary>A level of the vendor's list that matches a platform or one of its parts.</summary>
/// <param name="Status">Its status.</param>
/// <param name="Date">The date up to which known vulnerabilities are considered (<c>tcbDate</c>).</param>
public sealed record TcbLevelClaims(TcbStatus Status, DateTimeOffset Date)
{
    /// <summary>The advisories (<c>INTEL-SA-…</c>) that affect the level.</summary>
    public ImmutableArray<string> Advisories { get; init; } = [];
}
