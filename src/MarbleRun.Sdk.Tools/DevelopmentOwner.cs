using System.Security.Cryptography;
using MarbleRun.Attestation.Simulation;
using MarbleRun.Manifests;
using MarbleRun.Manifests.Signatures;

namespace MarbleRun.Sdk.Tools;

/// <summary>
/// The owner of the manifests that this user's builds create for development: a key in the folder of the development root, created at its
/// first use. Its signatures count for builds that allow simulation, and for no others.
/// </summary>
internal sealed class DevelopmentOwner : IDisposable
{
    private const string FileName = "owner-key.pem";
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    private readonly ECDsa _key;

    private DevelopmentOwner(ECDsa key)
    {
        _key = key;
        PublicKey = OwnerKey.Of(key);
    }

    public OwnerKey PublicKey { get; }

    /// <exception cref="BuildException">The file is damaged, or other users can read it.</exception>
    public static DevelopmentOwner Open(SimulationPlatform platform)
    {
        string file = Path.Combine(platform.Directory, FileName);
        if (!File.Exists(file))
        {
            Create(file);
        }

        if (!OperatingSystem.IsWindows() && (File.GetUnixFileMode(file) & ~OwnerOnly) != 0)
        {
            throw new BuildException($"Other users can read the owner's development key. Run: chmod 600 '{file}'", file);
        }

        var key = ECDsa.Create();
        try
        {
            key.ImportFromPem(File.ReadAllText(file));
            return new DevelopmentOwner(key);
        }
        catch (Exception exception) when (exception is ArgumentException or CryptographicException)
        {
            key.Dispose();
            throw new BuildException(
                $"The owner's development key cannot be read: {exception.Message} "
                + "Remove the file so that a new key is created; then rebuild the Marbles that were built before.", file);
        }
    }

    public void Dispose() => _key.Dispose();

    /// <summary>Adds a signature of the manifest to those of a file, unless this key's is there.</summary>
    public void Sign(ReadOnlySpan<byte> manifest, string file)
    {
        string fingerprint = Manifest.ComputeFingerprint(manifest);
        if (!File.Exists(file)
            || !ManifestSignatures.TryParse(File.ReadAllBytes(file), out var there, out _)
            || !there.Any(s => s.Key.Equals(PublicKey) && s.ManifestFingerprint == fingerprint && s.IsGenuine()))
        {
            File.WriteAllBytes(file, ManifestSignatures.Write([ManifestSignature.Sign(fingerprint, _key, sequence: 0)]));
        }
    }

    /// <summary>Creates the key file completely or not at all; of builds that run at the same time, the first one's file is used.</summary>
    private static void Create(string file)
    {
        string temporary = $"{file}.{Path.GetRandomFileName()}";
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = OwnerOnly;
        }

        using (var writer = new StreamWriter(temporary, options))
        {
            writer.Write(key.ExportPkcs8PrivateKeyPem());
        }

        try
        {
            File.Move(temporary, file);
        }
        catch (IOException) when (File.Exists(file))
        {
            File.Delete(temporary);
        }
    }
}
