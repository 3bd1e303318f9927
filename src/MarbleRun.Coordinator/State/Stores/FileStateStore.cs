using System.Globalization;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;

namespace MarbleRun.Coordinator.State.Stores;

/// <summary>
/// Keeps the state in a folder: <c>sealed_data</c> and <c>sealed_key</c>, blobs beside it as <c>sealed_</c> and their name, and what each
/// was before as <c>.old</c>.
/// </summary>
/// <remarks>
/// At every moment, also in the middle of a commit, each file is whole: a new one is written beside it, flushed and renamed over it. A new
/// key is durable before the data that need it. One process at a time: <c>lock</c> is held open while the store lives.
/// </remarks>
internal sealed class FileStateStore : IStateStore, IDisposable
{
    public const string DataName = "sealed_data";
    public const string KeyName = "sealed_key";

    /// <summary>What a startup manifest leaves for the parties; it belongs to the state.</summary>
    public const string RecoverySecretsName = "recovery_secrets.json";

    private const string Old = ".old";
    private const string Temporary = ".tmp";

    private readonly string _directory;
    private readonly string _data;
    private readonly string _key;
    private readonly IFileOperations _files;
    private readonly TimeProvider _timeProvider;
    private readonly FileStream _lock;

    /// <exception cref="StateStoreException">The folder cannot be made, or another process uses it.</exception>
    public FileStateStore(string directory, IFileOperations files, TimeProvider? timeProvider = null)
    {
        _directory = Path.GetFullPath(directory);
        _data = Path.Combine(_directory, DataName);
        _key = Path.Combine(_directory, KeyName);
        _files = files;
        _timeProvider = timeProvider ?? TimeProvider.System;
        _lock = Lock(_directory);
    }

    /// <remarks>One process holds the lock of the folder.</remarks>
    public bool IsShared => false;

    public ValueTask<StoredState?> LoadAsync(CancellationToken cancellationToken) => ValueTask.FromResult(Guard(Load));

    public ValueTask<StateVersion> CommitAsync(StateBlobs blobs, StateVersion? expectedVersion, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (Guard(() => Prepare(blobs, expectedVersion)))
        {
            Confirm();
        }

        return ValueTask.FromResult(VersionOf(blobs.Data.Span));
    }

    public ValueTask<StateVersion?> ReadVersionAsync(CancellationToken cancellationToken) =>
        ValueTask.FromResult(Guard(Load)?.Version);

    /// <remarks>The folder belongs to one process, which knows what it wrote: only the first version is reported.</remarks>
    public async IAsyncEnumerable<StateVersion?> WatchAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        yield return await ReadVersionAsync(cancellationToken);
        await Task.Delay(Timeout.InfiniteTimeSpan, _timeProvider, cancellationToken);
    }

    public ValueTask<StoredBlob?> LoadBlobAsync(string name, CancellationToken cancellationToken)
    {
        byte[]? blob = Guard(() => _files.Read(PathOf(name)));
        return ValueTask.FromResult(blob is null ? null : new StoredBlob(blob, VersionOf(blob)));
    }

    public ValueTask<StateVersion> CommitBlobAsync(
        string name, ReadOnlyMemory<byte> blob, StateVersion? expectedVersion, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        string path = PathOf(name);
        Guard(() =>
        {
            byte[]? current = _files.Read(path);
            RequireVersion(path, current, expectedVersion);
            Replace(path, current, blob.Span);
            return true;
        });
        Confirm();
        return ValueTask.FromResult(VersionOf(blob.Span));
    }

    /// <remarks>
    /// The data are renamed last: until then the next start finds data without a key, and goes into recovery again. For that recovery the
    /// blobs beside them stay until then, and are copied; what a kill leaves of them is replaced by the next state.
    /// </remarks>
    public ValueTask<string> ArchiveAsync(CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        string suffix = string.Create(CultureInfo.InvariantCulture, $".{_timeProvider.GetUtcNow():yyyyMMdd'T'HHmmssfffffff'Z'}");
        Guard(() =>
        {
            foreach (string path in BlobNames.All.Select(PathOf))
            {
                if (_files.Read(path) is { } blob)
                {
                    _files.WriteDurably(path + suffix, blob);
                }
            }

            foreach (string path in (ReadOnlySpan<string>)[
                Path.Combine(_directory, RecoverySecretsName),
                _data + Old,
                _key + Old,
                _key,
                _data,
            ])
            {
                if (_files.Read(path) is not null)
                {
                    _files.Rename(path, path + suffix);
                }
            }

            return true;
        });
        Confirm();
        RemoveBeside();
        return ValueTask.FromResult(_data + suffix);
    }

    /// <remarks>The data go after their key, and the blobs beside them after the data, for the same reason.</remarks>
    public ValueTask RemoveAsync(CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        Guard(() =>
        {
            foreach (string path in (ReadOnlySpan<string>)[
                _data + Temporary, _key + Temporary, _data + Old + Temporary, _key + Old + Temporary, _data + Old, _key + Old, _key, _data])
            {
                _files.Delete(path);
            }

            return true;
        });
        Confirm();
        RemoveBeside();
        return ValueTask.CompletedTask;
    }

    public void Dispose() => _lock.Dispose();

    private StoredState? Load()
    {
        byte[]? data = _files.Read(_data);
        byte[]? key = _files.Read(_key);
        if (data is not null)
        {
            return new StoredState(new StateBlobs(data, key), VersionOf(data));
        }

        // A deployment must not come to nothing because one file is gone. A key without anything before it is a first commit that was cut
        // short.
        string? rest = ((string[])[_data + Old, _key + Old]).FirstOrDefault(path => _files.Read(path) is not null);
        return rest is null
            ? null
            : throw new StateStoreException(
                $"'{_data}' is missing, but '{rest}' is there, so that this folder once held a state. Put '{DataName}' back "
                + $"('{DataName}{Old}' is the generation before it), "
                + "or move everything out of the folder to start afresh.");
    }

    /// <returns>Whether the data were replaced, so that the folder must be flushed.</returns>
    private bool Prepare(StateBlobs blobs, StateVersion? expectedVersion)
    {
        byte[]? current = _files.Read(_data);
        RequireVersion(_data, current, expectedVersion);

        byte[]? currentKey = _files.Read(_key);
        if (currentKey is null || !blobs.Key.Span.SequenceEqual(currentKey))
        {
            Replace(_key, currentKey, blobs.Key.Span);
            _files.FlushDirectory(_directory);
        }

        if (current is not null && blobs.Data.Span.SequenceEqual(current))
        {
            return false;
        }

        Replace(_data, current, blobs.Data.Span);
        return true;
    }

    private static void RequireVersion(string path, byte[]? current, StateVersion? expectedVersion)
    {
        if ((current is null ? (StateVersion?)null : VersionOf(current)) != expectedVersion)
        {
            throw new StateStoreException(
                $"'{path}' was changed by somebody else since this Coordinator read it. Restart the Coordinator to use what is there.")
            {
                IsConflict = true,
            };
        }
    }

    private void RemoveBeside()
    {
        string[] paths =
            [.. BlobNames.All.Select(PathOf).SelectMany(path => (string[])[path + Temporary, path + Old + Temporary, path + Old, path])];
        if (Guard(() => !paths.Any(path => _files.Read(path) is not null)))
        {
            return;
        }

        Guard(() =>
        {
            Array.ForEach(paths, _files.Delete);
            return true;
        });
        Confirm();
    }

    private string PathOf(string name) =>
        BlobNames.All.Contains(name)
            ? Path.Combine(_directory, "sealed_" + name)
            : throw new ArgumentException($"There is no blob '{name}' beside the state.", nameof(name));

    /// <summary>Readers see the change now; only the disk confirms that it survives a power cut.</summary>
    private void Confirm()
    {
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
    }

    private void Replace(string path, byte[]? current, ReadOnlySpan<byte> next)
    {
        if (current is not null)
        {
            _files.WriteDurably(path + Old + Temporary, current);
            _files.Rename(path + Old + Temporary, path + Old);
        }

        _files.WriteDurably(path + Temporary, next);
        _files.Rename(path + Temporary, path);
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
                $"The seal directory '{directory}' cannot be used: {exception.Message} Either another Coordinator uses it, or this user "
                + $"may not write there; choose another one with Coordinator:SealDirectory.",
                exception);
        }
    }

    private static bool IsFileError(Exception exception) => exception is IOException or UnauthorizedAccessException;

    private static StateVersion VersionOf(ReadOnlySpan<byte> bytes) => new(Convert.ToHexStringLower(SHA256.HashData(bytes)));
}
