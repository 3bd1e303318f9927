using System.Globalization;
using System.Text;

namespace MarbleRun.Coordinator.Stores;

/// <summary>Keeps the generation as decimal text in one file, which belongs on another file system than the seal directory: <c>Coordinator:GenerationGuardPath</c>.</summary>
internal sealed class FileGenerationGuard(string path, IFileOperations files) : IGenerationGuard
{
    private readonly string _path = Path.GetFullPath(path);

    private ulong _seen;

    public ValueTask<ulong> ReadAsync(CancellationToken cancellationToken) => ValueTask.FromResult(_seen = Read());

    public ValueTask AdvanceAsync(ulong generation, CancellationToken cancellationToken)
    {
        // Another Coordinator on a copy of the state counts in the same file: one of the two must stop.
        ulong found = Read();
        if (found != _seen || generation < found)
        {
            throw new StateStoreException(
                $"'{_path}' holds generation {found} instead of {_seen}: another Coordinator uses it. Two must never go on from one state.");
        }

        Guard(() =>
        {
            files.WriteDurably(_path + ".tmp", Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{generation}\n")));
            files.Rename(_path + ".tmp", _path);
            files.FlushDirectory(Path.GetDirectoryName(_path)!);
            return true;
        });
        _seen = generation;
        return ValueTask.CompletedTask;
    }

    private ulong Read()
    {
        byte[]? content = Guard(() => files.Read(_path));
        return content is null ? 0
            : ulong.TryParse(Encoding.ASCII.GetString(content).TrimEnd('\n'), NumberStyles.None, CultureInfo.InvariantCulture, out ulong generation)
                ? generation
                : throw new StateStoreException($"'{_path}' holds no generation. Restore it; without it nobody can tell whether the sealed state was rolled back.");
    }

    private T Guard<T>(Func<T> action)
    {
        try
        {
            return action();
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new StateStoreException($"The generation of the state in '{_path}' could not be read or written: {exception.Message} "
                + "Let this user write there, or name another file with Coordinator:GenerationGuardPath.", exception);
        }
    }
}
