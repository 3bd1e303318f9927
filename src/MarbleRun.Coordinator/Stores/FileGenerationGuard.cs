using System.Globalization;
using System.Text;

namespace MarbleRun.Coordinator.Stores;

/// <summary>
/// Keeps the generations as decimal text in one file, which belongs on another file system than the seal directory: <c>Coordinator:GenerationGuardPath</c>.
/// That of the state comes first, then a space and that of the counters; a file of one number is of a release that sealed them together.
/// </summary>
internal sealed class FileGenerationGuard(string path, IFileOperations files) : IGenerationGuard
{
    private readonly string _path = Path.GetFullPath(path);

    private GuardedGenerations _seen;

    public ValueTask<GuardedGenerations> ReadAsync(CancellationToken cancellationToken) => ValueTask.FromResult(_seen = Read());

    public ValueTask AdvanceAsync(GuardedGenerations generations, CancellationToken cancellationToken)
    {
        // Another Coordinator on a copy of the state counts in the same file: one of the two must stop.
        GuardedGenerations found = Read();
        if (found != _seen || generations.State < found.State || generations.Counters < found.Counters)
        {
            throw new StateStoreException(
                $"'{_path}' holds generation {Write(found)} instead of {Write(_seen)}: another Coordinator uses it. Two must never go on from one state.");
        }

        Guard(() =>
        {
            files.WriteDurably(_path + ".tmp", Encoding.ASCII.GetBytes(Write(generations) + "\n"));
            files.Rename(_path + ".tmp", _path);
            files.FlushDirectory(Path.GetDirectoryName(_path)!);
            return true;
        });
        _seen = generations;
        return ValueTask.CompletedTask;
    }

    private static string Write(GuardedGenerations generations) => string.Create(CultureInfo.InvariantCulture, $"{generations.State} {generations.Counters}");

    private GuardedGenerations Read()
    {
        if (Guard(() => files.Read(_path)) is not { } content)
        {
            return default;
        }

        string[] parts = Encoding.ASCII.GetString(content).TrimEnd('\n').Split(' ');
        return parts.Length is 1 or 2 && TryParse(parts[0], out ulong state) && TryParse(parts.ElementAtOrDefault(1) ?? "0", out ulong counters)
            ? new GuardedGenerations(state, counters)
            : throw new StateStoreException($"'{_path}' holds no generation. Restore it; without it a rollback of the sealed state cannot be noticed.");
    }

    private static bool TryParse(string text, out ulong number) => ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number);

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
