using System.Diagnostics.CodeAnalysis;
using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.Extensions.Primitives;

namespace MarbleRun.Identity;

/// <summary>
/// The identity of this process in the mesh: one generation of its certificate, key and trust anchors. It is immutable; a renewal creates a
/// new identity and signals <see cref="ChangeToken"/>.
/// </summary>
[SuppressMessage(
    "Design", "CA1001", Justification = "The source has neither a timer nor a wait handle; other threads may still register on its token.")]
public sealed class MarbleIdentity
{
    private readonly CancellationTokenSource _superseded = new();
    private readonly MarbleTrust _own;

    /// <param name="self">The names in the leaf.</param>
    /// <param name="leafWithKey">The leaf with its private key.</param>
    /// <param name="intermediates">The intermediate that is sent with the leaf.</param>
    /// <param name="marbleRoot">The anchor inside the mesh.</param>
    /// <param name="coordinatorRoot">The root of the deployment.</param>
    /// <param name="trust">The <see cref="Trust"/> of the identity that this one renews; null for a first identity.</param>
    /// <exception cref="ArgumentException"><paramref name="trust"/> is of another deployment.</exception>
    internal MarbleIdentity(
        MarblePeer self,
        X509Certificate2 leafWithKey,
        X509Certificate2Collection intermediates,
        X509Certificate2 marbleRoot,
        X509Certificate2 coordinatorRoot,
        TrustHolder? trust = null)
    {
        if (trust?.IsOf(coordinatorRoot) == false)
        {
            throw new ArgumentException("The identity and the trust are of two deployments.", nameof(trust));
        }

        Trust = trust ?? new TrustHolder(coordinatorRoot);
        _own = MarbleTrust.Of(marbleRoot);
        Id = self.Id;
        MarbleType = self.MarbleType;
        CertificateContext = SslStreamCertificateContext.Create(leafWithKey, intermediates, offline: true);
        MarbleRoot = marbleRoot;
        CoordinatorRoot = coordinatorRoot;
        NotBefore = new DateTimeOffset(leafWithKey.NotBefore);
        NotAfter = new DateTimeOffset(leafWithKey.NotAfter);
        Fingerprint = Convert.ToHexStringLower(leafWithKey.GetCertHash(HashAlgorithmName.SHA256));
        ChangeToken = new CancellationChangeToken(_superseded.Token);
    }

    /// <summary>The UUID of this instance: the common name of the certificate.</summary>
    public Guid Id { get; }

    /// <summary>The type of this Marble: a key of the manifest's <c>Marbles</c>.</summary>
    public string MarbleType { get; }

    /// <summary>
    /// The leaf with its private key, and the intermediate that is sent with it, for <see cref="SslStream"/>. Anyone who holds this can act
    /// as the Marble: never write its key anywhere.
    /// </summary>
    public SslStreamCertificateContext CertificateContext { get; }

    /// <summary>
    /// The leaf with its private key, for libraries that accept only a certificate (Npgsql, StackExchange.Redis, SqlClient). It belongs to
    /// this identity: do not dispose of it. Marbles accept a peer that sends only the leaf, because they know the anchor; where a library
    /// supports it, use <see cref="CertificateContext"/>.
    /// </summary>
    public X509Certificate2 Certificate => CertificateContext.TargetCertificate;

    /// <summary>The anchor inside the mesh: it issues the certificates of Marbles directly. Without a private key.</summary>
    public X509Certificate2 MarbleRoot { get; }

    /// <summary>The Coordinator's root, which relying parties outside the mesh pin. Without a private key.</summary>
    public X509Certificate2 CoordinatorRoot { get; }

    /// <summary>The time at which the certificate becomes valid.</summary>
    public DateTimeOffset NotBefore { get; }

    /// <summary>The time at which the certificate expires.</summary>
    public DateTimeOffset NotAfter { get; }

    /// <summary>
    /// The time at which this Marble got the certificate. Its lifetime counts from here: Coordinators let certificates begin earlier, for
    /// peers whose clock is slow.
    /// </summary>
    internal DateTimeOffset Since
    {
        get => field == default ? NotBefore : field;
        init;
    }

    /// <summary>SHA-256 of the leaf certificate, lower-case hex. Logs identify the generation by it.</summary>
    public string Fingerprint { get; }

    /// <summary>Signals once, when another identity replaces this one.</summary>
    public IChangeToken ChangeToken { get; }

    /// <summary>Returns the type, the instance and the certificate's fingerprint; never a key.</summary>
    public override string ToString() => $"Marble '{MarbleType}' {MarbleUuid.ToCanonical(Id)}, certificate {Fingerprint}";

    /// <summary>The trust of the deployment. A renewed identity has that of the one before.</summary>
    internal TrustHolder Trust { get; }

    /// <summary>
    /// Whether the authority that issued this identity is not the one that issues now, so that peers will accept it only for the overlap.
    /// </summary>
    internal bool IsOutdated => Trust.Current is { } trust && trust.Issuer.KeyId != _own.Issuer.KeyId;

    /// <summary>
    /// The time from which the mesh does not accept this identity: the end of its certificate, of the overlap of its authority, or the time
    /// of a list, received after the certificate, that does not name its authority.
    /// </summary>
    internal DateTimeOffset AcceptedUntil
    {
        get
        {
            if (Trust.Current is not { Received: { } received } trust)
            {
                return NotAfter;
            }

            // A list from before the certificate cannot name the authority of an update that came since.
            DateTimeOffset? end = trust.Authorities.FirstOrDefault(a => a.KeyId == _own.Issuer.KeyId) is { } authority ? authority.Until
                : received >= Since ? received
                : null;
            return end < NotAfter ? end.Value : NotAfter;
        }
    }

    /// <summary>
    /// Verifies a peer under the trust of this moment: the Coordinator's last list, or without one this identity's authority.
    /// </summary>
    internal bool TryVerifyPeer(
        X509Certificate2 leaf,
        CertificateRole role,
        DateTimeOffset now,
        [NotNullWhen(true)] out VerifiedPeer? peer,
        [NotNullWhen(false)] out string? reason)
    {
        peer = null;
        return (reason = Trust.Contact?.FindFault(now)) is null
            && (Trust.Current ?? _own).TryVerify(leaf, role, now, Trust.VerifiedPeers, out peer, out reason);
    }

    /// <summary>Checks a peer again that was verified before, also by an earlier identity.</summary>
    internal PeerFault FindFault(VerifiedPeer peer, DateTimeOffset now, out string? reason)
    {
        PeerFault fault = Trust.FindFault(peer, now, out reason);
        return fault == PeerFault.None && Trust.Current is null ? _own.FindFault(peer, now, out reason) : fault;
    }

    internal void Supersede() => _superseded.Cancel();
}
