using System.Globalization;
using System.Text;

namespace MarbleRun.Coordinator.State.Stores;

/// <summary>
/// Keeps the generations as decimal text in one file, which belongs on another file system than the seal directory:
/// <c>Coordinator:GenerationGuardPath</c>. That of the state comes first, then a space and that of the counters, each with a colon and its
/// seal; a file of one number is of a release that sealed them together.
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
        if (found != _seen || generations.State.Number < found.State.Number || generations.Counters.Number < found.Counters.Number)
        {
            throw new StateStoreException(
                $"'{_path}' holds generation '{Write(found)}' instead of '{Write(_seen)}': another Coordinator uses it. Two must never go "
                + $"on from one state.");
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

    private static string Write(GuardedGenerations generations) => $"{Write(generations.State)} {Write(generations.Counters)}";

    private static string Write(GuardedGeneration generation) =>
        string.Create(
            CultureInfo.InvariantCulture, $"{generation.Number}{(generation.Seal is null ? string.Empty : ":")}{generation.Seal}");

    private GuardedGenerations Read()
    {
        if (Guard(() => files.Read(_path)) is not { } content)
        {
            return default;
        }

        string[] parts = Encoding.ASCII.GetString(content).TrimEnd('\n').Split(' ');
        return parts.Length is 1 or 2
            && TryParse(parts[0], out GuardedGeneration state)
            && TryParse(parts.ElementAtOrDefault(1) ?? "0", out GuardedGeneration counters)
            ? new GuardedGenerations(state, counters)
            : throw new StateStoreException(
                $"'{_path}' holds no generation. Restore it; without it a rollback of the sealed state cannot be noticed.");
    }

    private static bool TryParse(string text, out GuardedGeneration generation)
    {
        string[] parts = text.Split(':', 2);
        bool isNumber = ulong.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out ulong number);
        generation = new GuardedGeneration(number, parts.ElementAtOrDefault(1));
        return isNumber;
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
