using System.Runtime.Versioning;
using MarbleRun.Coordinator.Stores;
using MarbleRun.Testing;

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
    public async Task Commit_ThenReopen_GivesTheSameBytesAndVersion()
    {
        StateVersion version;
        using (FileStateStore store = Open())
        {
            version = await store.CommitAsync("first"u8.ToArray(), null, Cancellation);
        }

        using FileStateStore reopened = Open();
        StoredState? loaded = await reopened.LoadAsync(Cancellation);

        Assert.Equal("first"u8.ToArray(), loaded!.Bytes.ToArray());
        Assert.Equal(version, loaded.Version);
    }

    [Fact]
    public async Task Commit_SecondGeneration_KeepsTheFirstAsOld()
    {
        using FileStateStore store = Open();
        StateVersion first = await store.CommitAsync("first"u8.ToArray(), null, Cancellation);

        await store.CommitAsync("second"u8.ToArray(), first, Cancellation);

        Assert.Equal("second", await File.ReadAllTextAsync(_directory.File("sealed_data"), Cancellation));
        Assert.Equal("first", await File.ReadAllTextAsync(_directory.File("sealed_data.old"), Cancellation));
    }

    [Fact]
    public async Task Commit_FileChangedBySomebodyElse_IsRefusedAndLeavesTheirs()
    {
        using FileStateStore store = Open();
        StateVersion first = await store.CommitAsync("first"u8.ToArray(), null, Cancellation);
        await File.WriteAllTextAsync(_directory.File("sealed_data"), "theirs", Cancellation);

        StateStoreException exception = await Assert.ThrowsAsync<StateStoreException>(async () => await store.CommitAsync("second"u8.ToArray(), first, Cancellation));

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
        StateVersion first = await store.CommitAsync("first"u8.ToArray(), null, Cancellation);
        await store.CommitAsync("second"u8.ToArray(), first, Cancellation);

        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(_directory.File("sealed_data")));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(_directory.File("sealed_data.old")));
    }

    [Fact]
    public void Open_DirectoryInUseByAnother_IsRefusedWithASentence()
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
            byte[] found = (await store.LoadAsync(Cancellation))!.Bytes.ToArray();
            Assert.True(found.AsSpan().SequenceEqual(old) || found.AsSpan().SequenceEqual(next), $"killed at operation {kills}: neither the old nor the new state");
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
            Assert.True(found is null ? crashed : found.Bytes.Span.SequenceEqual(next));
        }
    }

    [Fact]
    [Trait("Security", "F4")]
    public async Task Commit_AfterACrash_WorksOnWhatIsThere()
    {
        StateVersion version = await WriteAsync(_directory, new FileOperations(), "first"u8.ToArray(), null);
        await Assert.ThrowsAsync<CrashingFileOperations.ProcessKilledException>(() => WriteAsync(_directory, new CrashingFileOperations(2), "lost"u8.ToArray(), version));

        await WriteAsync(_directory, new FileOperations(), "second"u8.ToArray(), version);

        Assert.Equal("second", await File.ReadAllTextAsync(_directory.File("sealed_data"), Cancellation));
    }

    [Fact]
    public async Task Commit_DiskDoesNotConfirmTheRename_SaysThatTheOutcomeIsUnknown()
    {
        using var store = new FileStateStore(_directory.Path, new UnconfirmedRename());

        StateStoreException exception = await Assert.ThrowsAsync<StateStoreException>(async () => await store.CommitAsync("first"u8.ToArray(), null, Cancellation));

        Assert.True(exception.IsOutcomeUnknown);
    }

    private FileStateStore Open() => new(_directory.Path, new FileOperations());

    private static async Task<StateVersion> WriteAsync(TemporaryDirectory directory, IFileOperations files, byte[] state, StateVersion? version)
    {
        using var store = new FileStateStore(directory.Path, files);
        return await store.CommitAsync(state, version, Cancellation);
    }

    private sealed class UnconfirmedRename : IFileOperations
    {
        private readonly FileOperations _real = new();

        public byte[]? Read(string path) => _real.Read(path);

        public void WriteDurably(string path, ReadOnlySpan<byte> content) => _real.WriteDurably(path, content);

        public void AppendDurably(string path, long offset, ReadOnlySpan<byte> content) => _real.AppendDurably(path, offset, content);

        public void Rename(string source, string destination) => _real.Rename(source, destination);

        public void FlushDirectory(string directory) => throw new IOException("no answer from the disk");
    }
}
