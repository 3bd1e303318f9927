using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography.X509Certificates;

namespace MarbleRun.Identity;

/// <summary>
/// Certificates of peers that were verified. A signature over the same bytes by the same key stays what it is, so a peer that connects
/// again causes no other check of it. All that can change is checked each time: dates, authorities and revocations.
/// </summary>
/// <remarks>Only verified certificates are kept, so an unauthenticated caller fills nothing; those that were used last stay.</remarks>
internal sealed class VerifiedPeers
{
    /// <summary>Of each half: there are at most twice as many.</summary>
    private const int Half = 1024;

    private readonly Lock _lock = new();
    private Dictionary<(string Certificate, CertificateRole Role), Entry> _recent = [];
    private Dictionary<(string Certificate, CertificateRole Role), Entry> _earlier = [];

    /// <summary>How many are kept.</summary>
    public int Count
    {
        get
        {
            lock (_lock)
            {
                return _recent.Count + _earlier.Count;
            }
        }
    }

    /// <summary>Adds a peer whose certificate an authority issued.</summary>
    /// <param name="peer">The peer.</param>
    /// <param name="role">The side of the connection that its certificate was checked for.</param>
    /// <param name="leaf">The certificate.</param>
    /// <param name="authority">The anchor under which it was verified.</param>
    public void Add(VerifiedPeer peer, CertificateRole role, X509Certificate2 leaf, X509Certificate2 authority)
    {
        lock (_lock)
        {
            Put((peer.Certificate, role), new Entry(peer, new DateTimeOffset(leaf.NotBefore), authority));
        }
    }

    /// <summary>Finds a peer that was verified under one of the authorities, and whose certificate and authority are valid now.</summary>
    /// <param name="certificate">SHA-256 of the certificate (DER), lower-case hex.</param>
    /// <param name="role">The side of the connection.</param>
    /// <param name="trust">The authorities.</param>
    /// <param name="now">The time.</param>
    /// <param name="peer">The peer.</param>
    public bool TryFind(
        string certificate, CertificateRole role, MarbleTrust trust, DateTimeOffset now, [NotNullWhen(true)] out VerifiedPeer? peer)
    {
        peer = null;
        Entry? entry;
        lock (_lock)
        {
            if (!_recent.TryGetValue((certificate, role), out entry))
            {
                if (!_earlier.Remove((certificate, role), out entry))
                {
                    return false;
                }

                Put((certificate, role), entry);
            }
        }

        if (!entry.IsValid(trust, now))
        {
            return false;
        }

        peer = entry.Peer;
        return true;
    }

    private void Put((string Certificate, CertificateRole Role) key, Entry entry)
    {
        if (_recent.Count >= Half)
        {
            (_earlier, _recent) = (_recent, []);
        }

        _recent[key] = entry;
    }

    private sealed class Entry(VerifiedPeer peer, DateTimeOffset notBefore, X509Certificate2 authority)
    {
        private readonly DateTimeOffset _begin = Max(notBefore, new DateTimeOffset(authority.NotBefore));
        private readonly DateTimeOffset _end = Min(peer.NotAfter, new DateTimeOffset(authority.NotAfter));

        public VerifiedPeer Peer => peer;

        public bool IsValid(MarbleTrust trust, DateTimeOffset now)
        {
            if (now < _begin || now > _end)
            {
                return false;
            }

            foreach (MeshAnchor anchor in trust.Authorities)
            {
                if (ReferenceEquals(anchor.Root, authority) || anchor.Root.RawDataMemory.Span.SequenceEqual(authority.RawDataMemory.Span))
                {
                    return true;
                }
            }

            return false;
        }

        private static DateTimeOffset Max(DateTimeOffset one, DateTimeOffset other) => one > other ? one : other;

        private static DateTimeOffset Min(DateTimeOffset one, DateTimeOffset other) => one < other ? one : other;
    }
}
