using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using MarbleRun.Coordinator.Authority;
using MarbleRun.Coordinator.State;
using MarbleRun.Coordinator.State.Trust;
using MarbleRun.Identity;

namespace MarbleRun.Coordinator.Identities;

/// <summary>Recognises a Marble by its certificate, under the authorities that a state accepts.</summary>
internal static class MarbleLogin
{
    /// <param name="state">The state.</param>
    /// <param name="leaf">The certificate whose key the handshake proved.</param>
    /// <param name="now">The time.</param>
    /// <param name="fault">The reason of a refusal, where possible with the texts of MarbleRun 1.9; null on success.</param>
    public static MarblePeer? Identify(this CoordinatorState state, X509Certificate2 leaf, DateTimeOffset now, out string? fault)
    {
        MarblePeer? marble = state.Verify(leaf, now, out fault);
        if (marble is null)
        {
            return null;
        }

        var revocable = RevocableMarble.Of(leaf, marble);
        fault = state.Revocations.Find(revocable)?.Describe(revocable);
        return fault is null ? marble : null;
    }

    /// <summary>The same for Marbles that are revoked, too.</summary>
    /// <param name="state">The state.</param>
    /// <param name="leaf">The certificate whose key the handshake proved.</param>
    /// <param name="now">The time.</param>
    /// <param name="fault">The reason of a refusal; null on success.</param>
    public static MarblePeer? Verify(this CoordinatorState state, X509Certificate2 leaf, DateTimeOffset now, out string? fault) =>
        MarbleCertificateCheck.Identify(leaf, Choose(state, leaf, now), now, out fault);

    /// <summary>For a Marble whose certificate this state accepts: what decides whether another state does.</summary>
    /// <param name="state">The state under which the certificate was verified.</param>
    /// <param name="leaf">The certificate.</param>
    /// <param name="marble">The names in it.</param>
    /// <param name="now">The time of the verification.</param>
    public static WatchingMarble Watch(this CoordinatorState state, X509Certificate2 leaf, MarblePeer marble, DateTimeOffset now) => new(
        RevocableMarble.Of(leaf, marble),
        Choose(state, leaf, now),
        new DateTimeOffset(leaf.NotBefore),
        new DateTimeOffset(leaf.NotAfter));

    /// <summary>
    /// All authorities have the same name; the leaf names the key of its issuer (RFC 5280, 4.2.1.1), so that an unauthenticated caller
    /// causes one check of a signature, however many authorities an overlap has.
    /// </summary>
    private static X509Certificate2 Choose(CoordinatorState state, X509Certificate2 leaf, DateTimeOffset now)
    {
        if (state.RetiredAuthorities.IsEmpty || ReadIssuerKey(leaf) is not { } key)
        {
            return state.Authority.MarbleRoot;
        }

        RetiredAuthority? issuer = state.RetiredAuthorities.FirstOrDefault(a => a.KeyIdentifier.Span.SequenceEqual(key.Span));
        return issuer is not null && now < issuer.Until ? issuer.MarbleRoot : state.Authority.MarbleRoot;
    }

    private static ReadOnlyMemory<byte>? ReadIssuerKey(X509Certificate2 leaf)
    {
        try
        {
            return leaf.Extensions.OfType<X509AuthorityKeyIdentifierExtension>().FirstOrDefault()?.KeyIdentifier;
        }
        catch (CryptographicException)
        {
            // An extension that is not DER; the check of the certificate refuses it.
            return null;
        }
    }
}
