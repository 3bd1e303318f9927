using System.Security.Cryptography;

namespace MarbleRun.Coordinator.Stores;

/// <summary>Keeps the state in a folder: <c>sealed_data</c>, and the generation before it as <c>sealed_data.old</c>.</summary>
/// <remarks>
/// At every moment, also in the middle of a commit, <c>sealed_data</c> is a whole generation: the new one is written beside it,
/// flushed and renamed over it. One process at a time: <c>lock</c> is held open while the store lives.
/// </remarks>
internal sealed class FileStateStore : IStateStore, IDisposable
{
    public const string FileName = "sealed_data";

    private readonly string _directory;
    private readonly string _path;
    private readonly IFileOperations _files;
    private readonly FileStream _lock;

    /// <exception cref="StateStoreException">The folder cannot be made, or another process uses it.</exception>
    public FileStateStore(string directory, IFileOperations files)
    {
        _directory = Path.GetFullPath(directory);
        _path = Path.Combine(_directory, FileName);
        _files = files;
        _lock = Lock(_directory);
    }

    public ValueTask<StoredState?> LoadAsync(CancellationToken cancellationToken)
    {
        byte[]? bytes = Guard(() => _files.Read(_path));
        return ValueTask.FromResult(bytes is null ? null : new StoredState(bytes, VersionOf(bytes)));
    }

    public ValueTask<StateVersion> CommitAsync(ReadOnlyMemory<byte> state, StateVersion? expectedVersion, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        Guard(() => Prepare(state, expectedVersion));
        try
        {
            _files.FlushDirectory(_directory);
        }
        catch (Exception exception) when (IsFileError(exception))
        {
            throw new StateStoreException($"The new state was put in place in '{_directory}', but the disk did not confirm it.", exception)
            {
                IsOutcomeUnknown = true,
            };
        }

        return ValueTask.FromResult(VersionOf(state.Span));
    }

    public void Dispose() => _lock.Dispose();

    private StateVersion? Prepare(ReadOnlyMemory<byte> state, StateVersion? expectedVersion)
    {
        byte[]? current = _files.Read(_path);
        if ((current is null ? (StateVersion?)null : VersionOf(current)) != expectedVersion)
        {
            throw new StateStoreException($"'{_path}' was changed by somebody else since this Coordinator read it. Restart the Coordinator to use what is there.");
        }

        if (current is not null)
        {
            _files.WriteDurably(_path + ".old.tmp", current);
            _files.Rename(_path + ".old.tmp", _path + ".old");
        }

        _files.WriteDurably(_path + ".tmp", state.Span);
        _files.Rename(_path + ".tmp", _path);
        return expectedVersion;
    }

    private T Guard<T>(Func<T> action)
    {
        try
        {
            return action();
        }
        catch (Exception exception) when (IsFileError(exception))
        {
            throw new StateStoreException($"The state in '{_directory}' could not be read or written: {exception.Message}", exception);
        }
    }

    private static FileStream Lock(string directory)
    {
        try
        {
            return PrivateDirectory.Lock(directory);
        }
        catch (Exception exception) when (IsFileError(exception))
        {
            throw new StateStoreException(
                $"The seal directory '{directory}' cannot be used: {exception.Message} Either another Coordinator uses it, or this user may not write there; choose another one with Coordinator:SealDirectory.",
                exception);
        }
    }

    private static bool IsFileError(Exception exception) => exception is IOException or UnauthorizedAccessException;

    private static StateVersion VersionOf(ReadOnlySpan<byte> bytes) => new(Convert.ToHexStringLower(SHA256.HashData(bytes)));
}
