using MarbleRun.Attestation.Dcap;

namespace MarbleRun.Attestation.Collateral;

/// <summary>
/// A folder of collateral, for verifiers without a network. Each platform family has a file <c>dcap-sgx-00606a000000-platform.json</c> in the form of
/// <see cref="DcapCollateral.ToJson"/>; a file <c>collateral.json</c> serves all that have none.
/// </summary>
public sealed class CollateralBundle : ICollateralProvider
{
    private const string CommonFile = "collateral.json";
    private const int LargestFile = 16 * 1024 * 1024;

    private CollateralBundle(string directory)
    {
        Directory = directory;
    }

    /// <summary>The folder.</summary>
    public string Directory { get; }

    /// <summary>Takes a folder, which is made by the first <see cref="SaveAsync"/> if it isn't there.</summary>
    /// <param name="directory">The folder.</param>
    public static CollateralBundle Open(string directory)
    {
        ArgumentException.ThrowIfNullOrEmpty(directory);
        return new CollateralBundle(Path.GetFullPath(directory));
    }

    /// <summary>Writes the collateral of a platform family, in place of what was there.</summary>
    /// <param name="request">The family.</param>
    /// <param name="collateral">Its collateral, usually from a <see cref="PccsClient"/>.</param>
    /// <param name="cancellationToken">Ends the writing; the former file then stays.</param>
    /// <exception cref="CollateralException">The file can't be written.</exception>
    public async Task SaveAsync(DcapCollateralRequest request, DcapCollateral collateral, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        ArgumentNullException.ThrowIfNull(collateral);
        string path = Locate(request);
        string temporary = $"{path}.{Guid.NewGuid():n}.tmp";
        try
        {
            System.IO.Directory.CreateDirectory(Directory);
            try
            {
                await File.WriteAllBytesAsync(temporary, collateral.ToJson(), cancellationToken).ConfigureAwait(false);
                File.Move(temporary, path, overwrite: true);
            }
            finally
            {
                File.Delete(temporary);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CollateralException($"The bundle's file {path} can't be written: {e.Message}", e);
        }
    }

    /// <inheritdoc />
    public async ValueTask<DcapCollateral> GetDcapAsync(DcapCollateralRequest request, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        string path = Locate(request);
        string common = Path.Combine(Directory, CommonFile);
        if (!File.Exists(path))
        {
            path = File.Exists(common) ? common : throw new CollateralException($"The bundle {Directory} has no file {Path.GetFileName(path)}.");
        }

        try
        {
            return new FileInfo(path).Length > LargestFile
                ? throw new CollateralException($"The bundle's file {path} is larger than {LargestFile} bytes.")
                : DcapCollateral.FromJson(await File.ReadAllBytesAsync(path, cancellationToken).ConfigureAwait(false));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or FormatException)
        {
            throw new CollateralException($"The bundle's file {path} can't be read: {e.Message}", e);
        }
    }

    private string Locate(DcapCollateralRequest request)
    {
        string tee = request.Tee == TeeType.Tdx ? "tdx" : "sgx";
        string name = $"dcap-{tee}-{request.Fmspc.ToLowerInvariant()}-{request.PckAuthority}";
        return name.All(c => char.IsAsciiLetterOrDigit(c) || c == '-')
            ? Path.Combine(Directory, name + ".json")
            : throw new ArgumentException("The FMSPC is hex, and the PCK CA a word.", nameof(request));
    }
}
