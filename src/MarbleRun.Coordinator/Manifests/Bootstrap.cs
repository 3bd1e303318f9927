using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using MarbleRun.Coordinator.Audit;
using MarbleRun.Files;
using MarbleRun.Manifests;
using Microsoft.Extensions.Options;

namespace MarbleRun.Coordinator.Manifests;

/// <summary>Lets set a first manifest those alone whom the start options name, if they name somebody.</summary>
internal sealed class Bootstrap(IOptions<CoordinatorOptions> options)
{
    private const int LongestCertificate = 64 * 1024;

    private readonly string[] _certificates = [.. FindCertificates(options.Value.Bootstrap)];

    private readonly string? _manifest =
        options.Value.Bootstrap.NamesManifest ? BootstrapOptions.Normalize(options.Value.Bootstrap.ManifestFingerprint!) : null;

    /// <summary>Whether the operator vouches for what is set: by who sets it, or by the manifest itself.</summary>
    public bool Vouches => _certificates.Length > 0 || _manifest is not null;

    /// <summary>Before anything of the manifest is read.</summary>
    /// <exception cref="NoBootstrapUserException">The connection's certificate is not the one that is named.</exception>
    public void DemandUser(AuditActor actor)
    {
        if (!_certificates.All(c => c == actor.CertificateHash))
        {
            throw new NoBootstrapUserException();
        }
    }

    /// <exception cref="ManifestRefusedException">It is not the manifest that is named.</exception>
    public void DemandManifest(ReadOnlySpan<byte> raw)
    {
        string fingerprint = Manifest.ComputeFingerprint(raw);
        if (_manifest is not null && _manifest != fingerprint)
        {
            throw new ManifestRefusedException(
                $"checking manifest: its fingerprint is {fingerprint}, but Coordinator:Bootstrap:ManifestFingerprint lets set {_manifest} alone");
        }
    }

    private static IEnumerable<string> FindCertificates(BootstrapOptions bootstrap)
    {
        if (!string.IsNullOrEmpty(bootstrap.CertificateFingerprint))
        {
            yield return BootstrapOptions.Normalize(bootstrap.CertificateFingerprint);
        }

        if (!string.IsNullOrEmpty(bootstrap.CertificatePath))
        {
            using X509Certificate2 certificate = Read(bootstrap.CertificatePath);
            yield return Convert.ToHexStringLower(SHA256.HashData(certificate.RawDataMemory.Span));
        }
    }

    private static X509Certificate2 Read(string path)
    {
        try
        {
            return X509Certificate2.CreateFromPem(Encoding.UTF8.GetString(RegularFile.Read(path, LongestCertificate)));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or CryptographicException)
        {
            throw new StartupManifestException($"Coordinator:Bootstrap:CertificatePath '{path}' is no PEM file with a certificate: {exception.Message}", exception);
        }
    }
}
