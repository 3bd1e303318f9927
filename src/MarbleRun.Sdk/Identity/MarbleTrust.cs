using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace MarbleRun.Identity;

/// <summary>
/// Which certificates of Marbles are accepted: one generation of authorities and revocations, as the Coordinator signed it. It is
/// immutable.
/// </summary>
internal sealed class MarbleTrust
{
    /// <summary>How many ends are remembered; those that passed first are forgotten then.</summary>
    internal const int MostEnds = 1024;

    private const string NotIssued = "the certificate was not issued by an authority that this mesh accepts";

    /// <summary>
    /// The trust of an identity whose Coordinator has not sent a list: the authority that issued it, without revocations.
    /// </summary>
    public static MarbleTrust Of(X509Certificate2 marbleRoot) => new() { Authorities = [new MeshAnchor(marbleRoot)] };

    /// <summary>The number of the list; 0 without a list.</summary>
    public ulong Number { get; init; }

    /// <summary>First the authority that issues, then those of an overlap.</summary>
    public required ImmutableArray<MeshAnchor> Authorities { get; init; }

    public MarbleRevocations Revocations { get; init; } = MarbleRevocations.None;

    /// <summary>The manifest that lists Coordinators; null if the list has none.</summary>
    public ListedManifest? Listed { get; init; }

    /// <summary>When the list came first; null without a list.</summary>
    public DateTimeOffset? Received { get; init; }

    /// <summary>SHA-256 of the list, by which lists of the same number are compared.</summary>
    public ImmutableArray<byte> Content { get; init; } = [];

    /// <summary>
    /// The latest end that is believed of each authority whose end was ever named, or that a list did not name any more, by <see
    /// cref="MeshAnchor.KeyId"/>: a later list does not make it later.
    /// </summary>
    public ImmutableDictionary<string, DateTimeOffset> Ends { get; init; } = ImmutableDictionary<string, DateTimeOffset>.Empty;

    /// <summary>The authority that issues certificates.</summary>
    public MeshAnchor Issuer => Authorities[0];

    /// <summary>
    /// Verifies a peer inside the mesh: the leaf must be issued directly by an authority of this trust, be valid now, be allowed for its
    /// side of the connection, name a Marble, and fit no revocation.
    /// </summary>
    /// <param name="leaf">The peer's certificate.</param>
    /// <param name="role">The side of the connection.</param>
    /// <param name="now">The time.</param>
    /// <param name="verified">What was verified before; null if nothing is kept.</param>
    /// <param name="peer">The peer.</param>
    /// <param name="reason">Why it is refused.</param>
    public bool TryVerify(
        X509Certificate2 leaf,
        CertificateRole role,
        DateTimeOffset now,
        VerifiedPeers? verified,
        [NotNullWhen(true)] out VerifiedPeer? peer,
        [NotNullWhen(false)] out string? reason)
    {
        string certificate = Convert.ToHexStringLower(SHA256.HashData(leaf.RawDataMemory.Span));
        VerifiedPeer? found = null;
        peer = null;
        if (verified?.TryFind(certificate, role, this, now, out found) != true)
        {
            if (Choose(leaf) is not { } authority)
            {
                reason = NotIssued;
                return false;
            }

            if (!CertificateChain.TryVerify(leaf, authority.Root, role, now, out reason)
                || !MarblePeer.TryRead(leaf, out MarblePeer? names, out reason))
            {
                return false;
            }

            found = new VerifiedPeer(names, certificate, new DateTimeOffset(leaf.NotAfter), authority.KeyId);
            verified?.Add(found, role, leaf, authority.Root);
        }

        if (FindFault(found!, now, out reason) != PeerFault.None)
        {
            reason ??= NotIssued;
            return false;
        }

        peer = found!;
        return true;
    }

    /// <summary>Checks a peer again that this trust, or an earlier one, verified; no signature is checked.</summary>
    /// <param name="peer">The peer.</param>
    /// <param name="now">The time.</param>
    /// <param name="reason">Why the peer is not accepted; null if it is.</param>
    public PeerFault FindFault(VerifiedPeer peer, DateTimeOffset now, out string? reason)
    {
        // First, because the connections of a revoked peer are not drained.
        if (Revocations.Find(peer) is { } revocation)
        {
            reason = $"{peer.Peer}: {revocation}";
            return PeerFault.Revoked;
        }

        if (FindAuthority(peer) is not { } authority)
        {
            reason = $"{peer.Peer}: {NotIssued}";
            return PeerFault.Ended;
        }

        if (authority.Until <= now)
        {
            reason = string.Create(
                CultureInfo.InvariantCulture,
                $"{peer.Peer}: the authority that issued its certificate is accepted until {authority.Until:u} only");
            return PeerFault.Ended;
        }

        return FindEnd(peer, now, out reason);
    }

    /// <summary>Checks the end of a peer's certificate alone.</summary>
    public static PeerFault FindEnd(VerifiedPeer peer, DateTimeOffset now, out string? reason)
    {
        reason = peer.NotAfter < now
            ? string.Create(CultureInfo.InvariantCulture, $"{peer.Peer}: its certificate ended at {peer.NotAfter:u}")
            : null;
        return reason is null ? PeerFault.None : PeerFault.Ended;
    }

    /// <summary>When a peer that is accepted now stops to be, if this trust stays.</summary>
    public DateTimeOffset EndOf(VerifiedPeer peer) =>
        FindAuthority(peer)?.Until is { } until && until < peer.NotAfter ? until : peer.NotAfter;

    /// <summary>
    /// This trust as the successor of another: an overlap that has begun does not get longer than it was believed to be, however often
    /// lists name it; and an authority that a list omitted has ended then, whatever later lists say.
    /// </summary>
    public MarbleTrust After(MarbleTrust? earlier)
    {
        ImmutableDictionary<string, DateTimeOffset> ends = earlier?.Ends ?? Ends;
        var authorities = ImmutableArray.CreateBuilder<MeshAnchor>(Authorities.Length);
        foreach (MeshAnchor named in Authorities)
        {
            MeshAnchor authority = ends.TryGetValue(named.KeyId, out DateTimeOffset end) ? named.NotAfter(end) : named;
            authorities.Add(authority);
            ends = authority.Latest is { } latest ? ends.SetItem(authority.KeyId, latest) : ends;
        }

        foreach (MeshAnchor omitted in earlier?.Authorities ?? [])
        {
            bool isNamed = Authorities.Any(a => a.KeyId == omitted.KeyId);
            ends = !isNamed && Received < ends.GetValueOrDefault(omitted.KeyId, DateTimeOffset.MaxValue)
                ? ends.SetItem(omitted.KeyId, Received.Value)
                : ends;
        }

        return new MarbleTrust
        {
            Number = Number,
            Authorities = authorities.MoveToImmutable(),
            Revocations = Revocations,
            Listed = Listed,
            Received = Received,
            Content = Content,
            Ends = ends.Count <= MostEnds
                ? ends
                : ends.RemoveRange(ends.OrderBy(e => e.Value).Take(ends.Count - MostEnds).Select(e => e.Key)),
        };
    }

    /// <summary>Without a closure, because it runs for each request.</summary>
    private MeshAnchor? FindAuthority(VerifiedPeer peer)
    {
        foreach (MeshAnchor authority in Authorities)
        {
            if (authority.KeyId == peer.Issuer)
            {
                return authority;
            }
        }

        return null;
    }

    private MeshAnchor? Choose(X509Certificate2 leaf)
    {
        if (Authorities.Length == 1)
        {
            return Issuer;
        }

        try
        {
            return leaf.Extensions.OfType<X509AuthorityKeyIdentifierExtension>().FirstOrDefault() is { } issuer
                ? Authorities.FirstOrDefault(a => a.IsNamedBy(issuer))
                : Issuer;
        }
        catch (CryptographicException)
        {
            return null;
        }
    }
}
