using System.Collections.Immutable;

namespace MarbleRun.Coordinator.State.Trust;

/// <summary>A certificate that a revocation in force names, as a certificate revocation list needs it.</summary>
/// <param name="IssuerKey">The identifier of the key that signed it, lower-case hex.</param>
/// <param name="SerialNumber">Lower-case hex.</param>
/// <param name="NotAfter">Its end.</param>
internal sealed record RevokedCertificate(string IssuerKey, string SerialNumber, DateTimeOffset NotAfter)
{
    /// <summary>Of one revocation.</summary>
    public const int MaxCount = 1_000;

    /// <summary>Of all revocations: about 1.5 MB of the sealed state.</summary>
    public const int MaxTotal = 10_000;

    /// <summary>Those that end last, up to the limits: where all together are too many, the revocations with the most lose first.</summary>
    public static Dictionary<ulong, ImmutableArray<RevokedCertificate>> Bound(
        IEnumerable<(ulong Revocation, IEnumerable<RevokedCertificate> Certificates)> all)
    {
        Dictionary<ulong, ImmutableArray<RevokedCertificate>> bounded = all.ToDictionary(
            of => of.Revocation,
            of => of.Certificates
                .OrderByDescending(c => c.NotAfter)
                .ThenBy(c => c.SerialNumber, StringComparer.Ordinal)
                .Take(MaxCount)
                .ToImmutableArray());
        int most = MaxCount;
        while (bounded.Values.Sum(c => Math.Min(c.Length, most)) > MaxTotal)
        {
            most--;
        }

        return bounded.ToDictionary(of => of.Key, of => of.Value.Length > most ? of.Value[..most] : of.Value);
    }
}
