using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using MarbleRun.Cli.Output;

namespace MarbleRun.Cli.Coordinators;

/// <summary>
/// Keeps the certificates of a verified Coordinator: two blocks of PEM, intermediate first, as the reference's command line. By default
/// each address has a file of its own; the last one is also kept under the reference's name, for scripts.
/// </summary>
internal sealed class PinStore
{
    private readonly string? _shared;

    private PinStore(string path, string? shared)
    {
        Path = path;
        _shared = shared;
    }

    /// <summary>The file of this address.</summary>
    public string Path { get; }

    /// <param name="address">The client address as the user wrote it.</param>
    /// <param name="chosen">The file that the user chose; null for the default.</param>
    /// <exception cref="InputException">There is no folder for settings.</exception>
    public static PinStore For(string address, string? chosen)
    {
        if (chosen is not null)
        {
            return chosen.Length > 0
                ? new PinStore(CommandEnvironment.Current.Resolve(chosen), shared: null)
                : throw new InputException("--coordinator-cert is empty. Specify a file.");
        }

        string folder = System.IO.Path.Combine(
            CommandEnvironment.Current.ConfigDirectory
                ?? throw new InputException("There is no folder for settings, because HOME is not set. Specify --coordinator-cert FILE."),
            "marblerun");
        string name = string.Concat(address.ToLowerInvariant().Select(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '-' ? c : '_'));
        return new PinStore(
            System.IO.Path.Combine(folder, "coordinators", name + ".pem"), System.IO.Path.Combine(folder, "coordinator-cert.pem"));
    }

    /// <summary>The kept certificates; null if this address was not verified before.</summary>
    /// <exception cref="InputException">The file is damaged or cannot be read.</exception>
    public CoordinatorPin? Read()
    {
        if (!File.Exists(Path))
        {
            return null;
        }

        var certificates = new X509Certificate2Collection();
        try
        {
            certificates.ImportFromPem(File.ReadAllText(Path));
        }
        catch (Exception e) when (e is CryptographicException or IOException or UnauthorizedAccessException)
        {
            throw Damaged(e.Message, e);
        }

        return certificates.Count == 2
            ? new CoordinatorPin(Root: certificates[1], Intermediate: certificates[0])
            : throw Damaged($"it has {certificates.Count} certificates, not an intermediate and a root", null);
    }

    public async Task WriteAsync(CoordinatorPin pin, CancellationToken cancellationToken)
    {
        byte[] pem = Encoding.ASCII.GetBytes($"{pin.Intermediate.ExportCertificatePem()}\n{pin.Root.ExportCertificatePem()}\n");
        foreach (string path in (string[])(_shared is null ? [Path] : [Path, _shared]))
        {
            try
            {
                Directory.CreateDirectory(System.IO.Path.GetDirectoryName(System.IO.Path.GetFullPath(path))!);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                throw new InputException($"The folder of {path} can't be created: {e.Message}", e);
            }

            await PrivateFile.WriteAsync(path, pem, overwrite: true, cancellationToken);
        }
    }

    private InputException Damaged(string how, Exception? cause) => new(
        $"The kept certificates of the Coordinator, {Path}, can't be used: {how.TrimEnd('.')}. Remove the file, and verify the Coordinator "
        + "again with marblerun manifest verify.",
        cause);
}
