using System.Collections.Concurrent;
using System.Net.Security;
using System.Numerics;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace MarbleRun.Coordinator.Authority;

/// <summary>
/// The mesh's certificate authority as one immutable value: root, intermediate and Marble root. Intermediate and Marble root share subject
/// and key, so a Marble's leaf verifies under either: inside the mesh with the Marble root as anchor, outside with the root.
/// </summary>
internal sealed class MeshAuthority
{
    /// <summary>The Marble root's key, in objects that are not in use: one of them must not sign for several at the same time.</summary>
    private readonly ConcurrentBag<ECDsa> _marbleRootKeys = [];

    private MeshAuthority(X509Certificate2 root, X509Certificate2 intermediate, X509Certificate2 marbleRoot)
    {
        Root = root;
        Intermediate = intermediate;
        MarbleRoot = marbleRoot;
        RootContext = SslStreamCertificateContext.Create(root, additionalCertificates: null, offline: true);
        MarbleRootContext = SslStreamCertificateContext.Create(marbleRoot, additionalCertificates: null, offline: true);
        RootPem = Pem.CertificateBytes(root.RawDataMemory.Span);
        IntermediatePem = Pem.CertificateBytes(intermediate.RawDataMemory.Span);
        MarbleRootPem = Pem.CertificateBytes(marbleRoot.RawDataMemory.Span);
        RootHash = SHA256.HashData(root.RawDataMemory.Span);
        DefaultTrustDomain = Convert.ToHexStringLower(RootHash.Span[..16]);
        MarbleRootKeyIdentifier = CertificateDrafts.KeyIdentifier(marbleRoot.PublicKey);
        MarbleRootKeyExtension = CertificateDrafts.IssuerKey(MarbleRootKeyIdentifier);
        MarbleRootBegin = new DateTimeOffset(marbleRoot.NotBefore.ToUniversalTime());
        MarbleRootEnd = new DateTimeOffset(marbleRoot.NotAfter.ToUniversalTime());
    }

    /// <summary>The root, with its key: the server certificate of the client port, which the Coordinator's quote covers.</summary>
    public X509Certificate2 Root { get; }

    /// <summary>The intermediate under the root; its key is the Marble root's.</summary>
    public X509Certificate2 Intermediate { get; }

    /// <summary>The self-signed twin of the intermediate, with its key: the server certificate of the mesh port.</summary>
    public X509Certificate2 MarbleRoot { get; }

    /// <summary>The client port's certificate, ready for a handshake.</summary>
    public SslStreamCertificateContext RootContext { get; }

    /// <summary>The mesh port's certificate, ready for a handshake.</summary>
    public SslStreamCertificateContext MarbleRootContext { get; }

    /// <summary>SHA-256 of the root certificate (DER), 32 bytes: it identifies the deployment.</summary>
    public ReadOnlyMemory<byte> RootHash { get; }

    /// <summary>
    /// The first 16 bytes of SHA-256 of the root certificate, lower-case hex: with all 32, the name would have a label of 64 characters,
    /// which DNS does not allow.
    /// </summary>
    public string DefaultTrustDomain { get; }

    /// <summary>The root as every Marble gets it, ASCII.</summary>
    public ReadOnlyMemory<byte> RootPem { get; }

    /// <summary>The intermediate as every Marble gets it, ASCII.</summary>
    public ReadOnlyMemory<byte> IntermediatePem { get; }

    /// <summary>The Marble root as every Marble gets it, ASCII.</summary>
    public ReadOnlyMemory<byte> MarbleRootPem { get; }

    /// <summary>The authority key identifier of certificates under the Marble root.</summary>
    public ReadOnlyMemory<byte> MarbleRootKeyIdentifier { get; }

    /// <summary>The same as an extension.</summary>
    public X509Extension MarbleRootKeyExtension { get; }

    /// <summary>The first second of the Marble root.</summary>
    public DateTimeOffset MarbleRootBegin { get; }

    /// <summary>The last second of the Marble root.</summary>
    public DateTimeOffset MarbleRootEnd { get; }

    /// <summary>Makes two new keys and three certificates.</summary>
    public static MeshAuthority Create(KeyAlgorithm algorithm, CertificateNames names, DateTimeOffset now)
    {
        DateTimeOffset notBefore = now - CertificateSigner.ClockSkew;
        DateTimeOffset notAfter = notBefore + CertificateSigner.AuthorityLifetime;
        using ECDsa rootKey = CreateKey(algorithm);
        using ECDsa intermediateKey = CreateKey(algorithm);
        CertificateDraft rootDraft = CertificateDrafts.ForAuthority(
            CertificateDrafts.RootName, rootKey, names, issuerKeyIdentifier: null);
        using X509Certificate2 root = Sign(rootDraft, rootDraft.Subject, rootKey, notBefore, notAfter);

        return Complete(root.CopyWithPrivateKey(rootKey), rootKey, intermediateKey, names, notBefore, notAfter);
    }

    /// <summary>The same root above a new intermediate and a new Marble root, with the root's names: earlier certificates no longer
    /// verify.</summary>
    public MeshAuthority WithNewIntermediate(KeyAlgorithm algorithm, DateTimeOffset now)
    {
        (DateTimeOffset notBefore, DateTimeOffset notAfter) = Limit(
            new DateTimeOffset(Root.NotBefore.ToUniversalTime()),
            new DateTimeOffset(Root.NotAfter.ToUniversalTime()),
            now,
            now + CertificateSigner.AuthorityLifetime);
        using ECDsa rootKey = Root.GetECDsaPrivateKey()!;
        using ECDsa intermediateKey = CreateKey(algorithm);
        return Complete(Root, rootKey, intermediateKey, CertificateNames.Of(Root), notBefore, notAfter);
    }

    /// <summary>Restores an authority from its certificates and the results of <see cref="ExportRootKey"/> and
    /// <see cref="ExportIntermediateKey"/>.</summary>
    /// <exception cref="CryptographicException">A part is damaged, or a key does not fit its certificate.</exception>
    public static MeshAuthority Import(
        ReadOnlySpan<byte> root,
        ReadOnlySpan<byte> rootKey,
        ReadOnlySpan<byte> intermediate,
        ReadOnlySpan<byte> marbleRoot,
        ReadOnlySpan<byte> intermediateKey) =>
        new(
            Join(root, rootKey),
            X509CertificateLoader.LoadCertificate(intermediate),
            Join(marbleRoot, intermediateKey));

    /// <summary>Issues a certificate under the Marble root: limits its validity, signs it, and checks the result before it is
    /// sent.</summary>
    /// <param name="draft">What it contains.</param>
    /// <param name="now">The time of the clock.</param>
    /// <param name="notAfter">The requested end.</param>
    /// <param name="check">What must hold for certificates of this kind, from <see cref="IssuedCertificateCheck"/>.</param>
    /// <returns>The certificate.</returns>
    /// <exception cref="CryptographicException">The clock is outside the issuer's validity, or the result is wrong.</exception>
    public IssuedCertificate Issue(CertificateDraft draft, DateTimeOffset now, DateTimeOffset notAfter, Action<IssuedCertificate> check)
    {
        (DateTimeOffset notBefore, DateTimeOffset end) = Limit(MarbleRootBegin, MarbleRootEnd, now, notAfter);
        if (!_marbleRootKeys.TryTake(out ECDsa? key))
        {
            key = MarbleRoot.GetECDsaPrivateKey()!;
        }

        var certificate = IssuedCertificate.Read(CertificateSigner.Sign(draft, MarbleRoot.SubjectName, key, notBefore, end));
        _marbleRootKeys.Add(key);
        IssuedCertificateCheck.ThrowIfWrong(certificate, this, draft);
        check(certificate);
        return certificate;
    }

    /// <summary>
    /// The validity of a certificate that begins now: it never outlives its issuer, and does not begin before its issuer, because a clock
    /// that was set back must not stop the mesh.
    /// </summary>
    private static (DateTimeOffset NotBefore, DateTimeOffset NotAfter) Limit(
        DateTimeOffset start, DateTimeOffset end, DateTimeOffset now, DateTimeOffset asked)
    {
        DateTimeOffset notBefore = now - CertificateSigner.ClockSkew > start ? now - CertificateSigner.ClockSkew : start;
        DateTimeOffset notAfter = asked < end ? asked : end;
        return now < end && notBefore < notAfter
            ? (notBefore, notAfter)
            : throw new CryptographicException(
                $"The clock says {now:u}, but the Coordinator's certificates are valid from {start:u} to {end:u}. Correct the clock.");
    }

    /// <summary>PKCS#8 DER; the caller wipes it.</summary>
    public byte[] ExportRootKey() => ExportKey(Root);

    /// <summary>PKCS#8 DER; the caller wipes it.</summary>
    public byte[] ExportIntermediateKey() => ExportKey(MarbleRoot);

    /// <summary>ECDSA by the root key over SHA-256 of <paramref name="data"/>, as a DER SEQUENCE of r and s (RFC 3279, 2.2.3).</summary>
    public byte[] SignWithRoot(ReadOnlySpan<byte> data)
    {
        using ECDsa key = Root.GetECDsaPrivateKey()!;
        return key.SignData(data, HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence);
    }

    /// <summary>Signs a list of revoked certificates that this Marble root issued (RFC 5280, section 5).</summary>
    /// <param name="list">The entries.</param>
    /// <param name="number">Higher than that of every list before.</param>
    /// <param name="now">The time; the list is valid a little before, so that a machine whose clock is behind accepts it.</param>
    /// <param name="nextUpdate">When the next one is published at the latest.</param>
    /// <returns>DER.</returns>
    public byte[] SignRevocationList(
        CertificateRevocationListBuilder list, BigInteger number, DateTimeOffset now, DateTimeOffset nextUpdate)
    {
        using ECDsa key = MarbleRoot.GetECDsaPrivateKey()!;
        return list.Build(
            MarbleRoot.SubjectName,
            X509SignatureGenerator.CreateForECDsa(key),
            number,
            nextUpdate,
            CertificateDrafts.HashFor(key),
            X509AuthorityKeyIdentifierExtension.CreateFromSubjectKeyIdentifier(MarbleRootKeyIdentifier.Span),
            now - CertificateSigner.ClockSkew);
    }

    /// <summary>A fresh key of the given algorithm.</summary>
    public static ECDsa CreateKey(KeyAlgorithm algorithm) =>
        ECDsa.Create(algorithm == KeyAlgorithm.EcdsaP384 ? ECCurve.NamedCurves.nistP384 : ECCurve.NamedCurves.nistP256);

    private static MeshAuthority Complete(
        X509Certificate2 root,
        ECDsa rootKey,
        ECDsa intermediateKey,
        CertificateNames names,
        DateTimeOffset notBefore,
        DateTimeOffset notAfter)
    {
        CertificateDraft marbleRootDraft = CertificateDrafts.ForAuthority(
            CertificateDrafts.IntermediateName, intermediateKey, names, issuerKeyIdentifier: null);
        using X509Certificate2 marbleRoot = Sign(
            marbleRootDraft, marbleRootDraft.Subject, intermediateKey, notBefore, notAfter);

        CertificateDraft intermediateDraft = CertificateDrafts.ForAuthority(
            CertificateDrafts.IntermediateName, intermediateKey, names, CertificateDrafts.KeyIdentifier(root.PublicKey));
        X509Certificate2 intermediate = Sign(intermediateDraft, root.SubjectName, rootKey, notBefore, notAfter);

        return new MeshAuthority(root, intermediate, marbleRoot.CopyWithPrivateKey(intermediateKey));
    }

    private static X509Certificate2 Sign(
        CertificateDraft draft, X500DistinguishedName issuer, ECDsa issuerKey, DateTimeOffset notBefore, DateTimeOffset notAfter) =>
        X509CertificateLoader.LoadCertificate(CertificateSigner.Sign(draft, issuer, issuerKey, notBefore, notAfter));

    private static byte[] ExportKey(X509Certificate2 certificate)
    {
        using ECDsa key = certificate.GetECDsaPrivateKey()!;
        return key.ExportPkcs8PrivateKey();
    }

    private static X509Certificate2 Join(ReadOnlySpan<byte> certificate, ReadOnlySpan<byte> pkcs8)
    {
        using X509Certificate2 bare = X509CertificateLoader.LoadCertificate(certificate);
        using var key = ECDsa.Create();
        key.ImportPkcs8PrivateKey(pkcs8, out _);
        try
        {
            return bare.CopyWithPrivateKey(key);
        }
        catch (ArgumentException exception)
        {
            throw new CryptographicException($"The key of '{bare.Subject}' does not fit its certificate.", exception);
        }
    }
}
