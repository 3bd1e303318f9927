using MarbleRun.Coordinator.State.Stores;
using MarbleRun.TestSupport;

namespace MarbleRun.Coordinator.Tests.Stores;

/// <summary>A disk that does not confirm what was done to the folder.</summary>
[Trait("Security", "F4")]
public sealed class UnconfirmedFolderTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private readonly UnconfirmingDisk _disk = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => _directory.Dispose();

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task RemoveOrArchive_FlushFails_SaysThatTheOutcomeIsUnknown(bool archives)
    {
        using FileStateStore store = await CommitAsync();
        _disk.IsSilent = true;

        StateStoreException failure = await Assert.ThrowsAsync<StateStoreException>(async () =>
        {
            if (archives)
            {
                await store.ArchiveAsync(Cancellation);
            }
            else
            {
                await store.RemoveAsync(Cancellation);
            }
        });

        Assert.True(failure.IsOutcomeUnknown);
        Assert.IsType<IOException>(failure.InnerException);
        _disk.IsSilent = false;
        Assert.Null(await store.LoadAsync(Cancellation));
    }

    [Fact]
    public async Task Archive_WhatAStartupManifestLeftForTheParties_GoesAlongWithTheState()
    {
        using FileStateStore store = await CommitAsync();
        await File.WriteAllTextAsync(_directory.File("recovery_secrets.json"), "for the parties", Cancellation);

        string path = await store.ArchiveAsync(Cancellation);

        Assert.False(File.Exists(_directory.File("recovery_secrets.json")));
        string suffix = path[_directory.File("sealed_data").Length..];
        Assert.Equal("for the parties", await File.ReadAllTextAsync(_directory.File("recovery_secrets.json" + suffix), Cancellation));
        Assert.Equal("data", await File.ReadAllTextAsync(path, Cancellation));
        Assert.Equal("key", await File.ReadAllTextAsync(_directory.File("sealed_key" + suffix), Cancellation));
    }

    [Fact]
    public async Task Remove_WhatChangesThatDiedLeft_GoesToo()
    {
        using FileStateStore store = await CommitAsync();
        foreach (string name in (string[])["sealed_data.tmp", "sealed_key.tmp", "sealed_data.old.tmp", "sealed_key.old.tmp"])
        {
            await File.WriteAllTextAsync(_directory.File(name), "half", Cancellation);
        }

        await store.RemoveAsync(Cancellation);

        Assert.Empty(Directory.GetFiles(_directory.Path, "sealed_*"));
    }

    private async Task<FileStateStore> CommitAsync()
    {
        var store = new FileStateStore(_directory.Path, _disk);
        await store.CommitAsync(new StateBlobs("data"u8.ToArray(), "key"u8.ToArray()), null, Cancellation);
        return store;
    }

    private sealed class UnconfirmingDisk : IFileOperations
    {
        private readonly FileOperations _real = new();

        public bool IsSilent { get; set; }

        public byte[]? Read(string path) => _real.Read(path);

        public void WriteDurably(string path, ReadOnlySpan<byte> content) => _real.WriteDurably(path, content);

        public void AppendDurably(string path, long offset, ReadOnlySpan<byte> content) => _real.AppendDurably(path, offset, content);

        public void Rename(string source, string destination) => _real.Rename(source, destination);

        public void Delete(string path) => _real.Delete(path);

        public void FlushDirectory(string directory)
        {
            if (IsSilent)
            {
                throw new IOException("no answer from the disk");
            }

            _real.FlushDirectory(directory);
        }
    }
}
