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

    /// <summary>Of an average value; a manifest of the largest size may be somewhat denser than that.</summary>
    private const int BytesOfValue = 64;

    private const int BytesOfKey = 4096;

    /// <summary>Actions of templates are a small part of a manifest: with 40 bytes each this is one for each 160 bytes.</summary>
    private const int BytesOfActionByte = 4;

    private const int SizeOfSignatures = 64 * 1024;

    private readonly string[] _certificates = [.. FindCertificates(options.Value.Bootstrap)];

    private readonly string? _manifest =
        options.Value.Bootstrap.NamesManifest ? BootstrapOptions.Normalize(options.Value.Bootstrap.ManifestFingerprint!) : null;

    private bool IsUserKnown => _certificates.Length > 0;

    private long MaxSize => options.Value.Bootstrap.MaxManifestSize;

    /// <summary>Whether the operator vouches for what is set: by who sets it, or by the manifest itself.</summary>
    public bool Vouches => _certificates.Length > 0 || _manifest is not null;

    /// <summary>
    /// The largest body that is taken for a first manifest; in the second generation of the API the manifest is in base64, and signatures
    /// are beside it. Null if callers are known, so that no other limit than that of every body counts.
    /// </summary>
    public long? MaxBody(bool isBase64) => IsUserKnown ? null : isBase64 ? (MaxSize * 4 / 3) + SizeOfSignatures : MaxSize;

    /// <summary>The bytes that the actions of templates may have together, if the operator does not vouch for what is set.</summary>
    public long MaxActionBytes => MaxSize / BytesOfActionByte;

    /// <summary>What to do about templates that cost too much.</summary>
    public const string RemedyOfTemplates =
        "; this is more than a caller may ask for while no manifest is set. Name who may set the manifest with Coordinator:Bootstrap, or "
        + "set it by Coordinator:StartupManifest";

    /// <summary>What to do about a first manifest that is too large.</summary>
    public string Remedy { get; } =
        ", which is what a caller may send while no manifest is set. Name who may set the manifest with "
        + "Coordinator:Bootstrap:CertificatePath, set it by Coordinator:StartupManifest, or raise Coordinator:Bootstrap:MaxManifestSize";

    /// <summary>Before anything of the manifest is read.</summary>
    /// <exception cref="NoBootstrapUserException">The connection's certificate is not the one that is named.</exception>
    public void RequireUser(AuditActor actor)
    {
        if (!_certificates.All(c => c == actor.CertificateHash))
        {
            throw new NoBootstrapUserException();
        }
    }

    /// <summary>Before the text is read: reading costs the more the more values there are.</summary>
    /// <exception cref="ManifestRefusedException">It is larger than what a caller may send who is not known.</exception>
    public void RequireSmall(ReadOnlySpan<byte> raw)
    {
        if (IsUserKnown)
        {
            return;
        }

        if (raw.Length > MaxSize)
        {
            throw new ManifestRefusedException($"checking manifest: it is larger than {MaxSize} bytes{Remedy}");
        }

        if (ManifestSize.CountValues(raw) > MaxSize / BytesOfValue)
        {
            throw new ManifestRefusedException($"checking manifest: it has more than {MaxSize / BytesOfValue} values{Remedy}");
        }
    }

    /// <summary>Before it is checked: each certificate and key costs as much as hundreds of other values.</summary>
    /// <exception cref="ManifestRefusedException">There are more than what a caller may send who is not known.</exception>
    public void RequireFewKeys(Manifest manifest)
    {
        if (!IsUserKnown && manifest.Users.Count + manifest.RecoveryKeys.Count > MaxSize / BytesOfKey)
        {
            throw new ManifestRefusedException(
                $"checking manifest: it has more than {MaxSize / BytesOfKey} users and recovery keys{Remedy}");
        }
    }

    /// <exception cref="ManifestRefusedException">It is not the manifest that is named.</exception>
    public void RequireManifest(ReadOnlySpan<byte> raw)
    {
        string fingerprint = Manifest.ComputeFingerprint(raw);
        if (_manifest is not null && _manifest != fingerprint)
        {
            throw new ManifestRefusedException(
                $"checking manifest: its fingerprint is {fingerprint}, but Coordinator:Bootstrap:ManifestFingerprint lets set {_manifest} "
                + $"alone");
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
            throw new StartupManifestException(
                $"Coordinator:Bootstrap:CertificatePath '{path}' is not a PEM file with a certificate: {exception.Message}", exception);
        }
    }
}

/// <summary>Somebody else than the bootstrap user wants to set the first manifest.</summary>
internal sealed class NoBootstrapUserException()
    : Exception(
        "unauthorized user: client certificate did not match the bootstrap user, who alone may set the first manifest "
        + "(Coordinator:Bootstrap)");
