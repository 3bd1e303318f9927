using System.Collections.Concurrent;
using MarbleRun.Activation.Targets;

namespace MarbleRun.Testing;

/// <summary>
/// Keeps the parameters of one Marble separate from the process and from other Marbles: variables in memory, files in a folder.
/// </summary>
internal sealed class ParameterFolder(string folder) : IParameterTarget
{
    private readonly ConcurrentDictionary<string, string> _variables = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, string> _files = new(StringComparer.Ordinal);

    public IReadOnlyDictionary<string, string> Variables => _variables;

    public IReadOnlyDictionary<string, string> Files => _files;

    /// <summary>Maps a full path to one below the folder; no path leads out of it, because the path is already full.</summary>
    public string Locate(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        string full = Path.GetFullPath(path);
        string root = Path.GetPathRoot(full) ?? string.Empty;
        return Path.Combine(folder, string.Concat(root.Where(char.IsAsciiLetterOrDigit)), full[root.Length..]);
    }

    public void WriteFile(string path, ReadOnlyMemory<byte> content)
    {
        string place = Locate(path);
        Directory.CreateDirectory(Path.GetDirectoryName(place)!);
        var options = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
        {
            // The same mode as in a Marble: some of the files are keys, and servers such as PostgreSQL require it.
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        using (var file = new FileStream(place, options))
        {
            file.Write(content.Span);
        }

        _files[path] = place;
    }

    public void SetVariable(string name, string value) => _variables[name] = value;
}
