using System.Diagnostics.CodeAnalysis;
using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.Extensions.Primitives;

namespace MarbleRun.Identity;

/// <summary>
/// Who this process is in the mesh: one generation of its certificate, key and trust anchors. It does not change; a renewal makes another one
/// and signals <see cref="ChangeToken"/>.
/// </summary>
[SuppressMessage("Design", "CA1001", Justification = "The source has neither a timer nor a wait handle; other threads may still register on its token.")]
public sealed class MarbleIdentity
{
    private readonly CancellationTokenSource _superseded = new();

    internal MarbleIdentity(
        MarblePeer self, X509Certificate2 leafWithKey, X509Certificate2Collection intermediates, X509Certificate2 marbleRoot, X509Certificate2 coordinatorRoot)
    {
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
    /// The leaf with its private key, and the intermediate that is sent along, for <see cref="SslStream"/>.
    /// Whoever holds this can act as the Marble: never write its key anywhere.
    /// </summary>
    public SslStreamCertificateContext CertificateContext { get; }

    /// <summary>
    /// The leaf with its private key, for libraries that take a certificate alone (Npgsql, StackExchange.Redis, SqlClient). It belongs to this identity: do not
    /// dispose of it. A library that sends only the leaf is accepted by Marbles, which know the anchor; where it lets you, use <see cref="CertificateContext"/>.
    /// </summary>
    public X509Certificate2 Certificate => CertificateContext.TargetCertificate;

    /// <summary>The anchor inside the mesh: certificates of Marbles are issued directly under it. No private key.</summary>
    public X509Certificate2 MarbleRoot { get; }

    /// <summary>The Coordinator's root, which relying parties outside the mesh pin. No private key.</summary>
    public X509Certificate2 CoordinatorRoot { get; }

    /// <summary>When the certificate begins to be valid.</summary>
    public DateTimeOffset NotBefore { get; }

    /// <summary>When the certificate ends.</summary>
    public DateTimeOffset NotAfter { get; }

    /// <summary>SHA-256 of the leaf certificate, lower-case hex: the name of this generation in logs.</summary>
    public string Fingerprint { get; }

    /// <summary>Fires once when another identity took this one's place.</summary>
    public IChangeToken ChangeToken { get; }

    /// <summary>The type, the instance and the certificate's fingerprint; never a key.</summary>
    public override string ToString() => $"Marble '{MarbleType}' {MarbleUuid.ToCanonical(Id)}, certificate {Fingerprint}";

    internal void Supersede() => _superseded.Cancel();
}
