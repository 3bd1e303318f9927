namespace MarbleRun.Cli.Output;

/// <summary>
/// A file that only its owner may read (mode 0600). It is prepared before a step that cannot be repeated, so that a folder that is missing
/// or full, or a file that exists, is found out before there is something to lose.
/// </summary>
internal sealed class PrivateFile : IDisposable
{
    private readonly string _path;
    private readonly string _temporary;
    private readonly FileStream _stream;
    private bool _isWritten;

    private PrivateFile(string path, string temporary, FileStream stream)
    {
        _path = path;
        _temporary = temporary;
        _stream = stream;
    }

    /// <summary>Creates the file's temporary beside it.</summary>
    /// <param name="path">The name that the user gave.</param>
    /// <param name="overwrite">Whether an existing file is replaced, once there is the new content.</param>
    /// <exception cref="InputException">The file exists, or cannot be created.</exception>
    public static PrivateFile Prepare(string path, bool overwrite)
    {
        string file = Path.GetFullPath(CommandEnvironment.Current.Resolve(path));
        if (Directory.Exists(file))
        {
            throw new InputException($"{path} is a folder. Specify a file.");
        }

        if (!overwrite && Path.Exists(file))
        {
            throw new InputException($"{path} exists, and is not overwritten. Specify another file, or remove it.");
        }

        string temporary = $"{file}.{Guid.NewGuid():N}.tmp";
        try
        {
            return new PrivateFile(file, temporary, new FileStream(temporary, Options()));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new InputException($"{path} can't be written: {e.Message.Replace(temporary, file, StringComparison.Ordinal)}", e);
        }
    }

    /// <summary>Writes a file in one go.</summary>
    /// <exception cref="InputException">The file exists, or cannot be written.</exception>
    public static async Task WriteAsync(string path, ReadOnlyMemory<byte> content, bool overwrite, CancellationToken cancellationToken)
    {
        using PrivateFile file = Prepare(path, overwrite);
        await file.WriteAsync(content, cancellationToken);
    }

    /// <summary>Writes the content durably, and gives the file its name.</summary>
    /// <exception cref="InputException">The disk is full, for instance. The content is not lost: the caller still has it.</exception>
    public async Task WriteAsync(ReadOnlyMemory<byte> content, CancellationToken cancellationToken)
    {
        try
        {
            await _stream.WriteAsync(content, cancellationToken);
            _stream.Flush(flushToDisk: true);
            await _stream.DisposeAsync();
            File.Move(_temporary, _path, overwrite: true);
            _isWritten = true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new InputException($"{_path} can't be written: {e.Message}", e);
        }
    }

    /// <summary>Removes the temporary unless it became the file.</summary>
    public void Dispose()
    {
        _stream.Dispose();
        if (!_isWritten)
        {
            File.Delete(_temporary);
        }
    }

    private static FileStreamOptions Options()
    {
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, Share = FileShare.None };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        return options;
    }
}
