using System.Runtime.Versioning;
using MarbleRun.Coordinator.State.Stores;
using MarbleRun.TestSupport;

namespace MarbleRun.Coordinator.Tests.Stores;

public sealed class FileStateStoreTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task Load_NothingCommitted_GivesNull()
    {
        using FileStateStore store = Open();

        Assert.Null(await store.LoadAsync(Cancellation));
    }

    [Fact]
    [Case("state-and-sealing", "Stored and read by a second store")]
    public async Task Commit_ThenReopen_GivesTheSameBytesAndVersion()
    {
        StateVersion version;
        using (FileStateStore store = Open())
        {
            version = await store.CommitAsync(Blobs("first"u8.ToArray()), null, Cancellation);
        }

        using FileStateStore reopened = Open();
        StoredState? loaded = await reopened.LoadAsync(Cancellation);

        Assert.Equal("first"u8.ToArray(), loaded!.Blobs.Data.ToArray());
        Assert.Equal(version, loaded.Version);
    }

    [Fact]
    public async Task Commit_SecondGeneration_KeepsTheFirstAsOld()
    {
        using FileStateStore store = Open();
        StateVersion first = await store.CommitAsync(Blobs("first"u8.ToArray()), null, Cancellation);

        await store.CommitAsync(Blobs("second"u8.ToArray()), first, Cancellation);

        Assert.Equal("second", await File.ReadAllTextAsync(_directory.File("sealed_data"), Cancellation));
        Assert.Equal("first", await File.ReadAllTextAsync(_directory.File("sealed_data.old"), Cancellation));
    }

    [Fact]
    public async Task Commit_FileChangedBySomebodyElse_IsRefusedAndLeavesTheirs()
    {
        using FileStateStore store = Open();
        StateVersion first = await store.CommitAsync(Blobs("first"u8.ToArray()), null, Cancellation);
        await File.WriteAllTextAsync(_directory.File("sealed_data"), "theirs", Cancellation);

        StateStoreException exception = await Assert.ThrowsAsync<StateStoreException>(
            async () => await store.CommitAsync(Blobs("second"u8.ToArray()), first, Cancellation));

        Assert.Contains("changed by somebody else", exception.Message, StringComparison.Ordinal);
        Assert.False(exception.IsOutcomeUnknown);
        Assert.Equal("theirs", await File.ReadAllTextAsync(_directory.File("sealed_data"), Cancellation));
    }

    [Fact]
    [UnsupportedOSPlatform("windows")]
    public async Task Commit_AnyFile_IsReadableByItsOwnerAlone()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no file modes.");
        using FileStateStore store = Open();
        StateVersion first = await store.CommitAsync(Blobs("first"u8.ToArray()), null, Cancellation);
        await store.CommitAsync(Blobs("second"u8.ToArray()), first, Cancellation);

        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(_directory.File("sealed_data")));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(_directory.File("sealed_data.old")));
    }

    [Fact]
    public void Open_DirectoryInUseByAnother_IsRefusedWithAMessage()
    {
        using FileStateStore first = Open();

        StateStoreException exception = Assert.Throws<StateStoreException>(() => Open());

        Assert.Contains("another Coordinator uses it", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    [Trait("Security", "F4")]
    public async Task Commit_KilledAtEveryFileOperation_LeavesTheOldOrTheNewState()
    {
        byte[] old = "the old state"u8.ToArray();
        byte[] next = "the next state, longer"u8.ToArray();
        int kills = 0;
        for (bool crashed = true; crashed; kills++)
        {
            using var directory = new TemporaryDirectory();
            StateVersion version = await WriteAsync(directory, new FileOperations(), old, null);
            version = await WriteAsync(directory, new FileOperations(), old, version);

            var files = new CrashingFileOperations(kills);
            try
            {
                await WriteAsync(directory, files, next, version);
            }
            catch (CrashingFileOperations.ProcessKilledException)
            {
                // Expected for all but the last round.
            }

            crashed = files.Crashed;
            using var store = new FileStateStore(directory.Path, new FileOperations());
            byte[] found = (await store.LoadAsync(Cancellation))!.Blobs.Data.ToArray();
            Assert.True(
                found.AsSpan().SequenceEqual(old) || found.AsSpan().SequenceEqual(next),
                $"killed at operation {kills}: neither the old nor the new state");
            Assert.True(crashed || found.AsSpan().SequenceEqual(next), "a commit that ended well is not there");
        }

        Assert.True(kills > 5, $"only {kills} operations were reached");
    }

    [Fact]
    [Trait("Security", "F4")]
    public async Task Commit_FirstEverKilledAtEveryFileOperation_LeavesNothingOrTheState()
    {
        byte[] next = "the first state"u8.ToArray();
        bool crashed = true;
        for (int kills = 0; crashed; kills++)
        {
            using var directory = new TemporaryDirectory();
            var files = new CrashingFileOperations(kills);
            try
            {
                await WriteAsync(directory, files, next, null);
            }
            catch (CrashingFileOperations.ProcessKilledException)
            {
                // Expected for all but the last round.
            }

            crashed = files.Crashed;
            using var store = new FileStateStore(directory.Path, new FileOperations());
            StoredState? found = await store.LoadAsync(Cancellation);
            Assert.True(found is null ? crashed : found.Blobs.Data.Span.SequenceEqual(next));
        }
    }

    [Fact]
    [Trait("Security", "F4")]
    public async Task Commit_AfterACrash_WorksOnWhatIsThere()
    {
        StateVersion version = await WriteAsync(_directory, new FileOperations(), "first"u8.ToArray(), null);
        await Assert.ThrowsAsync<CrashingFileOperations.ProcessKilledException>(
            () => WriteAsync(_directory, new CrashingFileOperations(2), "lost"u8.ToArray(), version));

        await WriteAsync(_directory, new FileOperations(), "second"u8.ToArray(), version);

        Assert.Equal("second", await File.ReadAllTextAsync(_directory.File("sealed_data"), Cancellation));
    }

    [Fact]
    public async Task Commit_DiskDoesNotConfirmTheRename_SaysThatTheOutcomeIsUnknown()
    {
        using var store = new FileStateStore(_directory.Path, new UnconfirmedRename());

        StateStoreException exception = await Assert.ThrowsAsync<StateStoreException>(
            async () => await store.CommitAsync(Blobs("first"u8.ToArray()), null, Cancellation));

        Assert.True(exception.IsOutcomeUnknown);
    }

    [Fact]
    [Trait("Security", "F3")]
    public async Task Load_DataGoneWhileTheGenerationBeforeIsThere_IsRefusedInsteadOfTakenForNew()
    {
        using (FileStateStore store = Open())
        {
            StateVersion first = await store.CommitAsync(Blobs("first"u8.ToArray()), null, Cancellation);
            await store.CommitAsync(Blobs("second"u8.ToArray()), first, Cancellation);
        }

        File.Delete(_directory.File("sealed_data"));
        using FileStateStore reopened = Open();

        StateStoreException exception = await Assert.ThrowsAsync<StateStoreException>(async () => await reopened.LoadAsync(Cancellation));
        Assert.Contains("once held a state", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    [Case("state-and-sealing", "Opening without the key, or with another")]
    public async Task Load_KeyGone_GivesTheDataWithoutAKey()
    {
        using (FileStateStore store = Open())
        {
            await store.CommitAsync(Blobs("first"u8.ToArray()), null, Cancellation);
        }

        File.Delete(_directory.File("sealed_key"));
        using FileStateStore reopened = Open();

        StoredState? loaded = await reopened.LoadAsync(Cancellation);
        Assert.True(loaded!.Blobs.Key.IsEmpty);
        Assert.False(loaded.Blobs.Data.IsEmpty);
    }

    [Fact]
    [Trait("Security", "F4")]
    public async Task Commit_NewKeyKilledAtEveryFileOperation_LeavesNoDataWithoutTheirKey()
    {
        bool crashed = true;
        for (int kills = 0; crashed; kills++)
        {
            using var directory = new TemporaryDirectory();
            StateVersion version;
            using (var store = new FileStateStore(directory.Path, new FileOperations()))
            {
                version = await store.CommitAsync(new StateBlobs("under k1"u8.ToArray(), "k1"u8.ToArray()), null, Cancellation);
            }

            var files = new CrashingFileOperations(kills);
            try
            {
                using var store = new FileStateStore(directory.Path, files);
                await store.CommitAsync(new StateBlobs("under k2"u8.ToArray(), "k2,k1"u8.ToArray()), version, Cancellation);
            }
            catch (CrashingFileOperations.ProcessKilledException)
            {
                // Expected for all but the last round.
            }

            crashed = files.Crashed;
            using var reopened = new FileStateStore(directory.Path, new FileOperations());
            StateBlobs found = (await reopened.LoadAsync(Cancellation))!.Blobs;
            string data = System.Text.Encoding.ASCII.GetString(found.Data.Span);
            string key = System.Text.Encoding.ASCII.GetString(found.Key.Span);
            Assert.Contains($"{data}: {key}", (string[])["under k1: k1", "under k1: k2,k1", "under k2: k2,k1"]);
        }
    }

    [Fact]
    public async Task Archive_ThenCommit_KeepsWhatWasThereUnderAnotherName()
    {
        using FileStateStore store = Open();
        await store.CommitAsync(Blobs("first"u8.ToArray()), null, Cancellation);

        string path = await store.ArchiveAsync(Cancellation);
        await store.CommitAsync(Blobs("fresh"u8.ToArray()), null, Cancellation);

        Assert.Equal("first", await File.ReadAllTextAsync(path, Cancellation));
        Assert.Equal(
            "key of first", await File.ReadAllTextAsync(path.Replace("sealed_data", "sealed_key", StringComparison.Ordinal), Cancellation));
        Assert.Equal("fresh", await File.ReadAllTextAsync(_directory.File("sealed_data"), Cancellation));
    }

    [Fact]
    public async Task Remove_AfterCommits_LeavesNothingButTheLock()
    {
        using FileStateStore store = Open();
        StateVersion first = await store.CommitAsync(Blobs("first"u8.ToArray()), null, Cancellation);
        await store.CommitAsync(Blobs("second"u8.ToArray()), first, Cancellation);

        await store.RemoveAsync(Cancellation);

        Assert.Equal(["lock"], Directory.EnumerateFiles(_directory.Path).Select(Path.GetFileName));
        Assert.Null(await store.LoadAsync(Cancellation));
    }

    /// <summary>Data with a key that is another one for other data, so that each commit writes both files.</summary>
    private static StateBlobs Blobs(byte[] data) => new(data, (byte[])[.. "key of "u8, .. data]);

    private FileStateStore Open() => new(_directory.Path, new FileOperations());

    private static async Task<StateVersion> WriteAsync(
        TemporaryDirectory directory, IFileOperations files, byte[] state, StateVersion? version)
    {
        using var store = new FileStateStore(directory.Path, files);
        return await store.CommitAsync(Blobs(state), version, Cancellation);
    }

    private sealed class UnconfirmedRename : IFileOperations
    {
        private readonly FileOperations _real = new();
        private int _flushes;

        public byte[]? Read(string path) => _real.Read(path);

        public void WriteDurably(string path, ReadOnlySpan<byte> content) => _real.WriteDurably(path, content);

        public void AppendDurably(string path, long offset, ReadOnlySpan<byte> content) => _real.AppendDurably(path, offset, content);

        public void Rename(string source, string destination) => _real.Rename(source, destination);

        public void Delete(string path) => _real.Delete(path);

        /// <summary>The first flush is the key's; when the data's fails, the new ones may be there or not.</summary>
        public void FlushDirectory(string directory)
        {
            if (_flushes++ > 0)
            {
                throw new IOException("no answer from the disk");
            }

            _real.FlushDirectory(directory);
        }
    }
}
