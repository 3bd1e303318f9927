using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using MarbleRun.Manifests.Certificates;
using MarbleRun.Primitives;

namespace MarbleRun.Activation;

/// <summary>
/// The temporary key of one activation: a self-signed certificate, which the quote vouches for and whose possession the TLS handshake
/// proves, and the request for the Marble's certificate. The Coordinator generates the key that the Marble uses afterwards.
/// </summary>
internal sealed class MarbleCredentials : IDisposable
{
    private const string SubjectName = "CN=MarbleRun Marble";

    // It is used for one call; its dates are not checked.
    private static readonly TimeSpan s_lifetime = TimeSpan.FromDays(1);

    private MarbleCredentials(X509Certificate2 certificate, byte[] request)
    {
        Certificate = certificate;
        Request = request;
    }

    /// <summary>The self-signed certificate with its key.</summary>
    public X509Certificate2 Certificate { get; }

    /// <summary>The request, PKCS#10, DER.</summary>
    public byte[] Request { get; }

    /// <exception cref="ArgumentException">A name is invalid; the validation of the options detects that earlier.</exception>
    public static MarbleCredentials Create(IEnumerable<string> dnsNames, TimeProvider timeProvider)
    {
        SubjectNames names = ReadNames(dnsNames);
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        DateTimeOffset now = timeProvider.GetUtcNow();
        var template = new CertificateRequest(SubjectName, key, HashAlgorithmName.SHA256);
        template.CertificateExtensions.Add(
            new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature | X509KeyUsageFlags.KeyAgreement, critical: true));
        template.CertificateExtensions.Add(
            new X509EnhancedKeyUsageExtension(
                [new Oid(Oids.ServerAuthentication, "serverAuth"), new Oid(Oids.ClientAuthentication, "clientAuth")], critical: false));
        template.CertificateExtensions.Add(
            new X509BasicConstraintsExtension(certificateAuthority: false, hasPathLengthConstraint: false, 0, critical: true));
        template.CertificateExtensions.Add(names.ForCertificate());
        X509Certificate2 certificate = template.CreateSelfSigned(now, now + s_lifetime);

        return new MarbleCredentials(certificate, CreateRequest(key, names));
    }

    /// <summary>Creates a request for a certificate, PKCS#10, DER, that the key signs.</summary>
    /// <exception cref="ArgumentException">A name is invalid; the validation of the options detects that earlier.</exception>
    public static byte[] CreateRequest(ECDsa key, IEnumerable<string> dnsNames) => CreateRequest(key, ReadNames(dnsNames));

    public void Dispose() => Certificate.Dispose();

    private static byte[] CreateRequest(ECDsa key, SubjectNames names)
    {
        var request = new CertificateRequest(new X500DistinguishedName(string.Empty), key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(names.ForRequest());
        return request.CreateSigningRequest();
    }

    private static SubjectNames ReadNames(IEnumerable<string> dnsNames) =>
        SubjectNames.TryRead(dnsNames, out SubjectNames? read, out string? fault)
            ? read
            : throw new ArgumentException(fault, nameof(dnsNames));
}
