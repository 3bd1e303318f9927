using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using MarbleRun.TestSupport;

namespace MarbleRun.Dashboard.Tests;

/// <summary>A user's certificate and key in files of PEM.</summary>
internal sealed class UserFiles : IDisposable
{
    private readonly TemporaryDirectory _folder = new();

    public UserFiles(string name)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        using X509Certificate2 certificate = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
        Pem = certificate.ExportCertificatePem();
        Certificate = _folder.File("user.pem");
        Key = _folder.File("user.key");
        File.WriteAllText(Certificate, Pem);
        File.WriteAllText(Key, key.ExportPkcs8PrivateKeyPem());
    }

    public string Pem { get; }

    /// <summary>The path of the certificate.</summary>
    public string Certificate { get; }

    /// <summary>The path of the key.</summary>
    public string Key { get; }

    public void Dispose() => _folder.Dispose();
}
