using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace MarbleRun.TestSupport;

/// <summary>
/// A Coordinator's certificates, made in memory for one test: root, and the intermediate and the Marble root that share a key.
/// </summary>
public sealed class TestAuthority : IDisposable
{
    private const string TypeOid = "1.3.9903.2.1";
    private const string ServerAuthentication = "1.3.6.1.5.5.7.3.1";
    private const string ClientAuthentication = "1.3.6.1.5.5.7.3.2";

    private readonly ECDsa _rootKey;
    private readonly ECDsa _intermediateKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private readonly TimeProvider _timeProvider;

    public TestAuthority(TimeProvider? timeProvider = null)
        : this(timeProvider ?? TimeProvider.System, ECDsa.Create(ECCurve.NamedCurves.nistP256), root: null)
    {
    }

    private TestAuthority(TimeProvider timeProvider, ECDsa rootKey, X509Certificate2? root)
    {
        _timeProvider = timeProvider;
        _rootKey = rootKey;
        const string intermediateName = "CN=MarbleRun Coordinator - Intermediate CA";
        Root = root
            ?? Sign(CreateAuthorityRequest("CN=MarbleRun Coordinator", _rootKey), "CN=MarbleRun Coordinator", _rootKey).CopyWithPrivateKey(
                _rootKey);
        CertificateRequest request = CreateAuthorityRequest(intermediateName, _intermediateKey);
        Intermediate = Sign(request, "CN=MarbleRun Coordinator", _rootKey).CopyWithPrivateKey(_intermediateKey);
        MarbleRoot = Sign(request, intermediateName, _intermediateKey).CopyWithPrivateKey(_intermediateKey);
    }

    /// <summary>The Coordinator's root, with key.</summary>
    public X509Certificate2 Root { get; }

    /// <summary>The intermediate, with key.</summary>
    public X509Certificate2 Intermediate { get; }

    /// <summary>The Marble root: subject and key of the intermediate, but self-signed; with key.</summary>
    public X509Certificate2 MarbleRoot { get; }

    /// <summary>Issues a Marble's certificate, with key unless the key is given.</summary>
    public X509Certificate2 IssueMarble(string? marbleType, Guid? id = null, Action<MarbleTemplate>? change = null)
    {
        var template = new MarbleTemplate
        {
            CommonName = (id ?? Guid.NewGuid()).ToString(),
            Type = marbleType is null ? null : Encoding.UTF8.GetBytes(marbleType),
        };
        change?.Invoke(template);
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest(
            new X500DistinguishedName($"CN={template.CommonName}"), template.Key ?? new PublicKey(key), HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(
            new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature | X509KeyUsageFlags.KeyAgreement, critical: true));
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([.. template.Usages.Select(u => new Oid(u))], critical: false));
        request.CertificateExtensions.Add(
            new X509BasicConstraintsExtension(template.IsAuthority, hasPathLengthConstraint: false, 0, critical: true));
        request.CertificateExtensions.Add(
            X509AuthorityKeyIdentifierExtension.CreateFromSubjectKeyIdentifier(
                MarbleRoot.Extensions.OfType<X509SubjectKeyIdentifierExtension>().Single()));
        request.CertificateExtensions.Add(CreateNames(template.DnsNames, template.Addresses));
        if (template.Type is not null)
        {
            request.CertificateExtensions.Add(new X509Extension(TypeOid, template.Type, critical: false));
        }

        DateTimeOffset now = _timeProvider.GetUtcNow();
        var generator = X509SignatureGenerator.CreateForECDsa(_intermediateKey);
        X509Certificate2 certificate = request.Create(
            MarbleRoot.SubjectName, generator, now + template.NotBefore, now + template.NotAfter, RandomNumberGenerator.GetBytes(16));
        if (template.Key is not null)
        {
            return certificate;
        }

        using (certificate)
        {
            return certificate.CopyWithPrivateKey(key);
        }
    }

    /// <summary>The reserved environment variables of an activation reply for a leaf.</summary>
    public Dictionary<string, string> CreateReservedVariables(X509Certificate2 leaf)
    {
        using ECDsa key = leaf.GetECDsaPrivateKey()!;
        return new Dictionary<string, string>
        {
            ["MARBLE_PREDEFINED_ROOT_CA"] = MarbleRoot.ExportCertificatePem() + "\n",
            ["MARBLE_PREDEFINED_MARBLE_CERTIFICATE_CHAIN"] = leaf.ExportCertificatePem()
                + "\n"
                + Intermediate.ExportCertificatePem()
                + "\n",
            ["MARBLE_PREDEFINED_PRIVATE_KEY"] = key.ExportPkcs8PrivateKeyPem() + "\n",
            ["MARBLE_PREDEFINED_COORDINATOR_ROOT_CA"] = Root.ExportCertificatePem() + "\n",
        };
    }

    /// <summary>What an update of the manifest makes: the same root, a new intermediate and Marble root.</summary>
    public TestAuthority Update() => new(_timeProvider, ECDsa.Create(_rootKey.ExportParameters(includePrivateParameters: true)), Root);

    /// <summary>Another certificate of the root for the same intermediate key.</summary>
    public X509Certificate2 ReissueIntermediate() =>
        Sign(CreateAuthorityRequest(Intermediate.Subject, _intermediateKey), "CN=MarbleRun Coordinator", _rootKey);

    /// <summary>Signs a manifest with the root key.</summary>
    public byte[] SignManifest(ReadOnlySpan<byte> manifest) =>
        _rootKey.SignData(manifest, HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence);

    /// <summary>Signs a trust list, in protobuf's encoding, with the root key.</summary>
    public byte[] SignTrust(ReadOnlySpan<byte> list) =>
        _rootKey.SignData([.. "marblerun trust list 1\0"u8, .. list], HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence);

    public void Dispose()
    {
        _rootKey.Dispose();
        _intermediateKey.Dispose();
    }

    private static CertificateRequest CreateAuthorityRequest(string subject, ECDsa key)
    {
        var request = new CertificateRequest(subject, key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(
            new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature | X509KeyUsageFlags.KeyCertSign, critical: true));
        request.CertificateExtensions.Add(
            new X509EnhancedKeyUsageExtension([new Oid(ServerAuthentication), new Oid(ClientAuthentication)], critical: false));
        request.CertificateExtensions.Add(
            new X509BasicConstraintsExtension(certificateAuthority: true, hasPathLengthConstraint: false, 0, critical: true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, critical: false));
        request.CertificateExtensions.Add(CreateNames(["localhost"], []));
        return request;
    }

    private static X509Extension CreateNames(IEnumerable<string> dnsNames, IEnumerable<IPAddress> addresses)
    {
        var names = new SubjectAlternativeNameBuilder();
        foreach (string name in dnsNames)
        {
            names.AddDnsName(name);
        }

        foreach (IPAddress address in addresses)
        {
            names.AddIpAddress(address);
        }

        return names.Build();
    }

    private X509Certificate2 Sign(CertificateRequest request, string issuer, ECDsa issuerKey)
    {
        DateTimeOffset now = _timeProvider.GetUtcNow();
        return request.Create(
            new X500DistinguishedName(issuer),
            X509SignatureGenerator.CreateForECDsa(issuerKey),
            now - TimeSpan.FromHours(1),
            now + TimeSpan.FromDays(3650),
            RandomNumberGenerator.GetBytes(16));
    }
}
