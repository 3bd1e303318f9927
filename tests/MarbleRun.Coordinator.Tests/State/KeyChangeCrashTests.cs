using MarbleRun.Coordinator.State;
using MarbleRun.Coordinator.State.Sealing;
using MarbleRun.Coordinator.State.Stores;
using MarbleRun.Coordinator.Tests.Stores;
using MarbleRun.TestSupport;
using Microsoft.Extensions.Logging.Abstractions;

namespace MarbleRun.Coordinator.Tests.State;

/// <summary>The process is killed at every file operation of a change; the next start must find a state.</summary>
[Trait("Security", "F4")]
public sealed class KeyChangeCrashTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Save_WithANewKey_KilledAnywhere_LeavesAStateThatOpensAndGoesOn()
    {
        CoordinatorState first = SealedFiles.CreateState();
        CoordinatorState second = SealedFiles.CreateState() with { Generation = 2 };
        int crashes = 0;
        while (await RunAsync(crashes, first, second))
        {
            crashes++;
        }

        Assert.True(crashes > 10, $"{crashes}");
    }

    [Fact]
    public async Task Save_FirstOfAll_KilledAnywhere_LeavesNothingOrTheState()
    {
        for (int crash = 0; ; crash++)
        {
            using var directory = new TemporaryDirectory();
            bool crashed = await KilledAsync(directory, crash, (repository, _) => repository.SaveAsync(SealedFiles.CreateState()));
            (StateRepository next, FileStateStore store) = Open(directory, new FileOperations());
            using (store)
            {
                LoadedState loaded = await next.LoadAsync(Cancellation);
                Assert.True(loaded.Locked is null && (crashed || loaded.Opened is not null), $"{crash}");
                await next.SaveAsync(SealedFiles.CreateState());
            }

            if (!crashed)
            {
                break;
            }
        }
    }

    [Fact]
    public async Task Archive_KilledAnywhere_LeavesTheDataInTheFolder()
    {
        CoordinatorState first = SealedFiles.CreateState();
        for (int crash = 0; ; crash++)
        {
            using var directory = new TemporaryDirectory();
            await KilledAsync(directory, int.MaxValue, (repository, _) => repository.SaveAsync(first));
            byte[] data = await File.ReadAllBytesAsync(directory.File("sealed_data"), Cancellation);
            await File.WriteAllBytesAsync(directory.File("sealed_key"), [1], Cancellation);
            bool crashed = await KilledAsync(
                directory, crash, (repository, _) => repository.SaveAsync(SealedFiles.CreateState() with { Generation = 9 }));

            (StateRepository next, FileStateStore store) = Open(directory, new FileOperations());
            using (store)
            {
                LoadedState loaded = await next.LoadAsync(Cancellation);
                Assert.True(loaded.Opened?.Generation is 9 or null, $"{crash}");
            }

            Assert.Contains(Directory.GetFiles(directory.Path, "sealed_data*"), f => File.ReadAllBytes(f).AsSpan().SequenceEqual(data));
            if (!crashed)
            {
                break;
            }
        }
    }

    [Fact]
    public async Task Remove_KilledAnywhere_LeavesAStateOrRecoveryOrNothing()
    {
        for (int crash = 0; ; crash++)
        {
            using var directory = new TemporaryDirectory();
            await KilledAsync(directory, int.MaxValue, (repository, _) => repository.SaveAsync(SealedFiles.CreateState()));
            await KilledAsync(
                directory, int.MaxValue, (repository, _) => repository.SaveAsync(SealedFiles.CreateState() with { Generation = 2 }));
            bool crashed = await KilledAsync(directory, crash, async (_, store) => await store.RemoveAsync(Cancellation));

            (StateRepository next, FileStateStore store) = Open(directory, new FileOperations());
            using (store)
            {
                LoadedState loaded = await next.LoadAsync(Cancellation);
                Assert.True(loaded.Opened is null or { Generation: 2 }, $"{crash}");
            }

            if (!crashed)
            {
                Assert.Empty(Directory.GetFiles(directory.Path, "sealed_*"));
                break;
            }
        }
    }

    [Fact]
    public async Task Remove_AfterAChangeThatWasKilledAnywhere_LeavesNoFileOfTheState()
    {
        for (int crash = 0; ; crash++)
        {
            using var directory = new TemporaryDirectory();
            await KilledAsync(directory, int.MaxValue, (repository, _) => repository.SaveAsync(SealedFiles.CreateState()));
            bool crashed = await KilledAsync(
                directory, crash, (repository, _) => repository.SaveAsync(SealedFiles.CreateState() with { Generation = 2 }));

            await KilledAsync(directory, int.MaxValue, async (_, store) => await store.RemoveAsync(Cancellation));

            Assert.Empty(Directory.GetFiles(directory.Path, "sealed_*"));
            if (!crashed)
            {
                break;
            }
        }
    }

    /// <summary>Changes the key, dies there, starts twice again.</summary>
    /// <returns>Whether there was an operation to die at.</returns>
    private static async Task<bool> RunAsync(int operations, CoordinatorState first, CoordinatorState second)
    {
        using var directory = new TemporaryDirectory();
        await KilledAsync(directory, int.MaxValue, (repository, _) => repository.SaveAsync(first));
        bool crashed = await KilledAsync(
            directory, operations, (repository, _) => repository.SaveAsync(second with { Protection = Copy(second) }));

        (StateRepository next, FileStateStore store) = Open(directory, new FileOperations());
        using (store)
        {
            CoordinatorState opened = (await next.LoadAsync(Cancellation)).Opened!;
            Assert.True(opened is not null && (crashed || opened.Generation == 2), $"{operations}");
            await next.SaveAsync(opened with { Generation = 3 });
        }

        (next, store) = Open(directory, new FileOperations());
        using (store)
        {
            Assert.Equal(3UL, (await next.LoadAsync(Cancellation)).Opened?.Generation);
        }

        return crashed;
    }

    /// <summary>The repository wipes the key that it replaces.</summary>
    private static StateProtection Copy(CoordinatorState state) =>
        state.Protection with { Key = new SealingKey(state.Protection.Key.Bytes) };

    private static async Task<bool> KilledAsync(
        TemporaryDirectory directory, int operations, Func<StateRepository, FileStateStore, Task> change)
    {
        var files = new CrashingFileOperations(operations);
        (StateRepository repository, FileStateStore store) = Open(directory, files);
        using (store)
        {
            try
            {
                await repository.LoadAsync(Cancellation);
                await change(repository, store);
            }
            catch (CrashingFileOperations.ProcessKilledException)
            {
                // Told by the files: where the change is made already, its failure is swallowed.
            }
        }

        return files.Crashed;
    }

    private static (StateRepository Repository, FileStateStore Store) Open(TemporaryDirectory directory, IFileOperations files)
    {
        var store = new FileStateStore(directory.Path, files);
        return (new StateRepository(store, new KeySealer(SealedFiles.Platform), NullLogger<StateRepository>.Instance), store);
    }
}
