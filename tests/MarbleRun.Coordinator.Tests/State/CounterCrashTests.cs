using MarbleRun.Coordinator.State;
using MarbleRun.Coordinator.State.Sealing;
using MarbleRun.Coordinator.State.Stores;
using MarbleRun.Coordinator.Tests.Stores;
using MarbleRun.TestSupport;
using Microsoft.Extensions.Logging.Abstractions;

namespace MarbleRun.Coordinator.Tests.State;

/// <summary>
/// The process is killed at every file operation of a change that concerns counters; the next start works, and finds what was answered
/// before, or that and all of the change.
/// </summary>
[Trait("Security", "F4")]
public sealed class CounterCrashTests
{
    private const string Key = "t:u:n";

    private static readonly CoordinatorState s_state = SealedFiles.CreateState();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    /// <summary>Changes in the order in which they may follow one another; the last one is killed.</summary>
    [Theory]
    [InlineData("raise")]
    [InlineData("raise,raise")]
    [InlineData("raise,many")]
    [InlineData("raise,many,raise")]
    [InlineData("raise,many,many")]
    [InlineData("raise,key")]
    [InlineData("raise,many,key")]
    [InlineData("raise,key,raise")]
    [InlineData("raise,key,state")]
    [InlineData("raise,key,key")]
    [InlineData("raise,many,key,raise")]
    [InlineData("raise,many,key,many")]
    [InlineData("raise,state")]
    [InlineData("raise,both")]
    [InlineData("raise,many,both")]
    [InlineData("many")]
    [Case("state-and-sealing", "Counters are as fresh as the sealed state")]
    public async Task Change_KilledAtEveryFileOperation_LosesNothingThatWasAnswered(string changes)
    {
        foreach (bool guarded in (bool[])[false, true])
        {
            int kills = 0;
            while (await IsKilledAsync(changes.Split(','), kills, guarded))
            {
                kills++;
            }

            Assert.True(kills > 4, $"only {kills} operations were reached");
        }
    }

    [Fact]
    public async Task Archive_KilledAnywhere_KeepsTheCountersOfTheStateThatWaits()
    {
        bool crashed = true;
        for (int kills = 0; crashed; kills++)
        {
            using var directory = new TemporaryDirectory();
            using (var running = new Running(directory, new FileOperations(), guarded: false))
            {
                await running.StartAsync();
                await running.ChangeAsync("raise");
            }

            byte[] counters = await File.ReadAllBytesAsync(directory.File("sealed_counters"), Cancellation);
            await File.WriteAllBytesAsync(directory.File("sealed_key"), [1], Cancellation);
            var files = new CrashingFileOperations(kills);
            using (var running = new Running(directory, files, guarded: false))
            {
                await KilledAsync(async () =>
                {
                    await running.Repository.LoadAsync(Cancellation);
                    await running.Repository.SaveAsync(SealedFiles.CreateState());
                });
            }

            crashed = files.Crashed;
            string[] kept = Directory.GetFiles(directory.Path, "sealed_counters*");
            Assert.Contains(kept, file => File.ReadAllBytes(file).AsSpan().SequenceEqual(counters));
            Assert.True(crashed || kept.Length == 1, string.Join(' ', kept));

            // As long as the state waits in its place, its counters are in theirs.
            using var next = new Running(directory, new FileOperations(), guarded: false);
            if ((await next.Repository.LoadAsync(Cancellation)).Locked is { } locked)
            {
                Assert.Equal(
                    1UL,
                    (await next.Repository
                        .OpenAsync(locked, new SealingKey(s_state.Protection.Key.Bytes), Cancellation)).Counters.Values[Key]);
            }
        }
    }

    [Fact]
    public async Task Remove_KilledAnywhere_LeavesAStateWithItsCountersOrRecoveryOrNothing()
    {
        bool crashed = true;
        for (int kills = 0; crashed; kills++)
        {
            using var directory = new TemporaryDirectory();
            using (var running = new Running(directory, new FileOperations(), guarded: false))
            {
                await running.StartAsync();
                await running.ChangeAsync("raise");
                await running.ChangeAsync("many");
                await running.ChangeAsync("many");
            }

            var files = new CrashingFileOperations(kills);
            using (var running = new Running(directory, files, guarded: false))
            {
                await KilledAsync(async () => await running.Store.RemoveAsync(Cancellation));
            }

            crashed = files.Crashed;
            if (!crashed)
            {
                Assert.Empty(Directory.GetFiles(directory.Path, "sealed_*"));
            }

            // What is left of the counters does not hinder what comes after.
            using var next = new Running(directory, new FileOperations(), guarded: false);
            LoadedState loaded = await next.Repository.LoadAsync(Cancellation);
            if (loaded is { Opened: null, Locked: null })
            {
                await next.StartAsync();
                Assert.Empty(next.State.Counters.Values);
                await next.ChangeAsync("raise");
                Assert.Equal(1UL, next.State.Counters.Values[Key]);
            }
            else
            {
                Assert.Equal(1UL, loaded.Opened?.Counters.Values[Key] ?? 1UL);
            }
        }
    }

    /// <summary>Makes the changes, the last one killed at an operation; starts again, goes on, and starts once more.</summary>
    private static async Task<bool> IsKilledAsync(string[] changes, int operations, bool guarded)
    {
        using var directory = new TemporaryDirectory();
        CounterSet before, after;
        using (var running = new Running(directory, new FileOperations(), guarded))
        {
            await running.StartAsync();
            foreach (string change in changes[..^1])
            {
                await running.ChangeAsync(change);
            }

            before = running.State.Counters;
        }

        var files = new CrashingFileOperations(operations);
        using (var running = new Running(directory, files, guarded))
        {
            after = before;
            await KilledAsync(async () =>
            {
                await running.StartAsync();
                before = running.State.Counters;
                after = Running.Next(running.State, changes[^1]).Counters;
                await running.ChangeAsync(changes[^1]);
            });
        }

        using (var next = new Running(directory, new FileOperations(), guarded))
        {
            await next.StartAsync();
            Assert.True(
                Same(next.State.Counters, after) || (files.Crashed && Same(next.State.Counters, before)),
                $"killed at operation {operations}: {next.State.Counters} instead of {before} or {after}");
            await next.ChangeAsync("raise");
            before = next.State.Counters;
        }

        using (var last = new Running(directory, new FileOperations(), guarded))
        {
            await last.StartAsync();
            Assert.True(
                Same(last.State.Counters, before),
                $"killed at operation {operations}, then raised: {last.State.Counters} instead of {before}");
        }

        return files.Crashed;
    }

    private static bool Same(CounterSet one, CounterSet other) => one.Values.SequenceEqual(other.Values);

    private static async Task KilledAsync(Func<Task> action)
    {
        try
        {
            await action();
        }
        catch (Exception exception) when (exception is CrashingFileOperations.ProcessKilledException
            or { InnerException: CrashingFileOperations.ProcessKilledException })
        {
            // The files say whether it was killed; what a guard throws comes wrapped.
        }
    }

    /// <summary>A Coordinator's state on real files.</summary>
    private sealed class Running : IDisposable
    {
        public Running(TemporaryDirectory directory, IFileOperations files, bool guarded)
        {
            Store = new FileStateStore(directory.Path, files);
            FileGenerationGuard? guard = guarded ? new FileGenerationGuard(directory.File("guard"), files) : null;
            Repository = new StateRepository(Store, new KeySealer(SealedFiles.Platform), NullLogger<StateRepository>.Instance, guard);
        }

        public FileStateStore Store { get; }

        public StateRepository Repository { get; }

        public CoordinatorState State { get; private set; } = s_state;

        public async Task StartAsync() =>
            State = (await Repository.LoadAsync(Cancellation)).Opened ?? await Repository.SaveAsync(Copy(s_state));

        public async Task ChangeAsync(string change)
        {
            CoordinatorState next = Next(State, change);
            State = change is "raise" or "many" && State.Counters.Series is not null
                ? await Repository.SaveCountersAsync(next)
                : await Repository.SaveAsync(next with { Generation = State.Generation + 1 });
        }

        public static CoordinatorState Next(CoordinatorState state, string change) => change switch
        {
            "raise" => state with { Counters = state.Counters.Raise(Key, state.Counters.Values.GetValueOrDefault(Key) + 1) },
            "many" => state with { Counters = state.Counters.Raise(Many(state.Counters.Use.Count)) },
            "both" => state with
            {
                Counters = Next(state, "raise").Counters,
                SecurityVersions = state.SecurityVersions.SetItem("p", state.Generation),
            },
            "key" => Copy(state with { Protection = SealedFiles.CreateState().Protection }),
            "state" => state with { SecurityVersions = state.SecurityVersions.SetItem("p", state.Generation) },
            _ => throw new ArgumentException(change, nameof(change)),
        };

        public void Dispose() => Store.Dispose();

        /// <summary>More than is sealed with each counter.</summary>
        private static IEnumerable<KeyValuePair<string, ulong>> Many(int from) =>
            Enumerable.Range(from, 70).Select(i => KeyValuePair.Create($"t:u:{i}{new string('x', 1000)}", 1UL));

        /// <summary>The repository wipes the key that it replaces.</summary>
        private static CoordinatorState Copy(CoordinatorState state) =>
            state with { Protection = state.Protection with { Key = new SealingKey(state.Protection.Key.Bytes) } };
    }
}
