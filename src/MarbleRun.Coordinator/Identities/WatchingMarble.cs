using System.Security.Cryptography.X509Certificates;
using MarbleRun.Coordinator.State;
using MarbleRun.Coordinator.State.Trust;

namespace MarbleRun.Coordinator.Identities;

/// <summary>
/// A Marble whose certificate was verified once, and what is needed to decide under another state whether it is still accepted. Neither its
/// bytes nor those of its authority change, so a change of the trust causes no check of a signature for each Marble that watches.
/// </summary>
/// <param name="Marble">What of it a revocation can name.</param>
/// <param name="Authority">The authority that issued its certificate.</param>
/// <param name="NotBefore">The begin of the certificate.</param>
/// <param name="NotAfter">The end of the certificate.</param>
internal sealed record WatchingMarble(
    RevocableMarble Marble, X509Certificate2 Authority, DateTimeOffset NotBefore, DateTimeOffset NotAfter)
{
    /// <summary>Whether the state accepts the Marble, as <see cref="MarbleLogin.Identify"/> would find.</summary>
    public bool IsAccepted(CoordinatorState state, DateTimeOffset now) =>
        NotBefore <= now
        && now <= NotAfter
        && FindUntil(state) is { } until
        && now < until
        && state.Revocations.Find(Marble) is null;

    /// <summary>The time from which the state does not accept the authority; null if that is now.</summary>
    private DateTimeOffset? FindUntil(CoordinatorState state) =>
        IsAuthority(state.Authority.MarbleRoot) ? End(Authority)
        : state.RetiredAuthorities.FirstOrDefault(a => IsAuthority(a.MarbleRoot)) is { } retired
            ? (retired.Until < End(Authority) ? retired.Until : End(Authority))
        : null;

    private bool IsAuthority(X509Certificate2 other) =>
        ReferenceEquals(other, Authority) || other.RawDataMemory.Span.SequenceEqual(Authority.RawDataMemory.Span);

    private static DateTimeOffset End(X509Certificate2 certificate) => new(certificate.NotAfter);
}
