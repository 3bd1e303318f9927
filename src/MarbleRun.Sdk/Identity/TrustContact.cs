using System.Globalization;

namespace MarbleRun.Identity;

/// <summary>Whether the Coordinator can report changes of the trust, and what its silence means.</summary>
/// <param name="Policy">What its silence means.</param>
/// <param name="Last">The last contact, if <paramref name="IsConnected"/> is false.</param>
/// <param name="IsConnected">Whether there is contact now.</param>
internal sealed record TrustContact(RevocationPolicy Policy, DateTimeOffset Last, bool IsConnected)
{
    /// <summary>From when on peers are refused; null if they are not.</summary>
    public DateTimeOffset? RefusesFrom => IsConnected || Policy.ContinueWhenOutdated ? null : Last + Policy.MaxAge;

    /// <summary>Returns why no peer is accepted now, or null.</summary>
    public string? FindFault(DateTimeOffset now) => RefusesFrom <= now
        ? string.Create(
            CultureInfo.InvariantCulture,
            $"revocations are not known since {Last:u}, when the contact with the Coordinator ended, and this Marble accepts no peer then "
            + $"(RevocationPolicy)")
        : null;
}
