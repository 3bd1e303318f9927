using MarbleRun.Files;

namespace MarbleRun.Attestation.Collateral.Sources;

/// <summary>
/// The files of a bundle, by their names relative to its folder; each fault is a <see cref="CollateralException"/> that names the file.
/// </summary>
internal sealed class BundleFiles(string directory)
{
    private const int LargestFile = 16 * 1024 * 1024;

    public string Directory => directory;

    public bool Exists(string name) => File.Exists(Path.Combine(directory, name));

    public async Task<byte[]> ReadAsync(string name, CancellationToken cancellationToken)
    {
        string path = Path.Combine(directory, name);
        try
        {
            RegularFile.ThrowIfNotRegular(path);
            var file = new FileInfo(path);
            return !file.Exists ? throw new CollateralException($"The bundle {directory} has no file {name}.")
                : file.Length > LargestFile ? throw new CollateralException($"The bundle's file {path} is larger than {LargestFile} bytes.")
                : await File.ReadAllBytesAsync(path, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CollateralException($"The bundle's file {path} can't be read: {e.Message}", e);
        }
    }

    /// <summary>Replaces a file atomically.</summary>
    public async Task WriteAsync(string name, ReadOnlyMemory<byte> content, CancellationToken cancellationToken)
    {
        string path = Path.Combine(directory, name);
        string temporary = $"{path}.{Guid.NewGuid():n}.tmp";
        try
        {
            System.IO.Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            try
            {
                await File.WriteAllBytesAsync(temporary, content, cancellationToken).ConfigureAwait(false);
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
}
