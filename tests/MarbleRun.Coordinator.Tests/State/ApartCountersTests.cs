using System.Text;
using System.Text.Json.Nodes;
using MarbleRun.Audit;
using MarbleRun.Coordinator.State;
using MarbleRun.Coordinator.State.Sealing;

namespace MarbleRun.Coordinator.Tests.State;

/// <summary>Counters are sealed without the state, and the state without its counters.</summary>
public sealed class ApartCountersTests
{
    private const string Key = "t:u:n";

    [Fact]
    public async Task Save_CountersAlone_LeavesTheSealedStateAsItIs()
    {
        CountedFiles files = await CountedFiles.CreateAsync(1);
        (byte[] data, byte[] counters) = (files.Files.Data, files.Counters);

        await files.RaiseAsync(Key, 2);

        Assert.Equal(data, files.Files.Data);
        Assert.NotEqual(counters, files.Counters);
        await files.StartAsync();
        Assert.Equal(2UL, files.State.Counters.Values[Key]);
    }

    [Fact]
    public async Task Save_StateAlone_LeavesTheSealedCountersAsTheyAre()
    {
        CountedFiles files = await CountedFiles.CreateAsync(1);
        await files.RaiseManyAsync("a");
        (byte[] counters, byte[] all, int size) = (files.Counters, files.Files.Beside[CountedFiles.BaseName], files.Files.Data.Length);

        await files.ChangeAsync();

        Assert.Equal(counters, files.Counters);
        Assert.Equal(all, files.Files.Beside[CountedFiles.BaseName]);
        Assert.InRange(files.Files.Data.Length, size - 8, size + 8);
    }

    [Fact]
    public async Task Save_FirstCounter_MakesAStateThatKnowsOfIt()
    {
        CountedFiles files = await CountedFiles.CreateAsync();
        Assert.Empty(files.Files.Beside);
        byte[] data = files.Files.Data;

        await files.RaiseAsync(Key, 1);

        Assert.NotEqual(data, files.Files.Data);
        Assert.Equal([CountedFiles.Name], files.Files.Beside.Keys);
        Assert.NotNull(files.State.Counters.Series);
    }

    [Fact]
    public async Task Save_ManyCounters_SealsOnlyWhatWasRaisedSinceAllWere()
    {
        CountedFiles files = await CountedFiles.CreateAsync(1);
        for (int i = 0; i < 10; i++)
        {
            await files.RaiseManyAsync($"{i}");
        }

        byte[] all = files.Files.Beside[CountedFiles.BaseName];
        await files.RaiseAsync(Key, 2);

        Assert.Same(all, files.Files.Beside[CountedFiles.BaseName]);
        Assert.True(files.Counters.Length < 2 * CounterRepository.MaxRecentBytes, $"{files.Counters.Length}");
        Assert.True(all.Length > 500_000, $"{all.Length}");
        await files.StartAsync();
        Assert.Equal((801, 2UL), (files.State.Counters.Use.Count, files.State.Counters.Values[Key]));
        await files.RaiseAsync(Key, 3);
        await files.StartAsync();
        Assert.Equal(3UL, files.State.Counters.Values[Key]);
    }

    [Fact]
    [Trait("Security", "F3")]
    public async Task Save_WithANewKey_TakesTheCountersIntoTheStateUntilTheNextCommit()
    {
        CountedFiles files = await CountedFiles.CreateAsync(1);
        await files.RaiseManyAsync("a");
        await files.RaiseAsync(Key, 2);
        Guid? series = files.State.Counters.Series;
        ulong generation = files.State.Counters.Generation;

        await files.ChangeAsync(s => s with { Protection = SealedFiles.CreateState().Protection });
        Assert.Null(files.State.Counters.Series);

        // Whatever lies beside it does not count.
        files.Files.Beside.Clear();
        await files.StartAsync();
        Assert.Equal((81, 2UL), (files.State.Counters.Use.Count, files.State.Counters.Values[Key]));

        await files.RaiseAsync(Key, 3);
        Assert.NotEqual(series, files.State.Counters.Series);
        Assert.True(files.State.Counters.Generation > generation);
        await files.StartAsync();
        Assert.Equal((81, 3UL), (files.State.Counters.Use.Count, files.State.Counters.Values[Key]));
    }

    [Fact]
    public async Task Start_StateOfTheFormatBefore_IsReadAndItsCountersLeaveItWithTheNextCommit()
    {
        CountedFiles files = await CountedFiles.CreateAsync();
        CoordinatorState state = files.State with
        {
            Counters = CounterSet.Create([KeyValuePair.Create(Key, 41UL), KeyValuePair.Create("t:u:m", 1UL)]),
        };
        JsonNode document = JsonNode.Parse(StateSerializer.Serialize(state))!;
        document["Format"] = 3;
        Assert.Equal(41UL, (ulong)document["Counters"]![Key]!);
        files.Files.Data = StateSealer.Seal(
            SealedFiles.Platform.Mode,
            state.Protection.Key,
            new SealedHeader(state.Authority.RootHash, state.Generation, state.Protection.RecoveryData),
            Encoding.UTF8.GetBytes(document.ToJsonString()));

        await files.StartAsync();
        Assert.Equal((2, 41UL), (files.State.Counters.Use.Count, files.State.Counters.Values[Key]));

        await files.ChangeAsync();
        Assert.Equal([CountedFiles.Name], files.Files.Beside.Keys);
        await files.RaiseAsync(Key, 42);
        await files.StartAsync();
        Assert.Equal((2, 42UL), (files.State.Counters.Use.Count, files.State.Counters.Values[Key]));
    }

    [Fact]
    [Trait("Security", "F8")]
    public async Task Start_FilesCopiedWhileItRan_OpenInTheOrderOfTheGuide()
    {
        CountedFiles files = await CountedFiles.CreateAsync(1);
        await files.RaiseManyAsync("a");
        byte[] data = files.Files.Data;
        await files.RaiseAsync(Key, 2);
        await files.ChangeAsync();
        byte[] counters = files.Counters;
        await files.RaiseAsync(Key, 3);
        await files.ChangeAsync();

        (files.Files.Data, files.Counters) = (data, counters);
        await files.StartAsync();

        Assert.Equal((81, 2UL), (files.State.Counters.Use.Count, files.State.Counters.Values[Key]));
    }

    [Fact]
    public async Task Start_AfterACounter_KnowsTheRecordOfWhatWasSealedLast()
    {
        CountedFiles files = await CountedFiles.CreateAsync(1);
        await files.ChangeAsync(s => s.Recorded(new AuditHead(5, new string('5', 64))));
        await files.StartAsync();
        Assert.Equal(5, files.State.AuditHead!.Sequence);

        await files.ChangeAsync();
        await files.RaiseAsync("t:u:m", 1);
        await files.ChangeCountersAsync(new AuditHead(6, new string('6', 64)));
        await files.StartAsync();
        Assert.Equal(6, files.State.AuditHead!.Sequence);

        // A new trail of another machine begins with low numbers.
        await files.ChangeAsync(s => s.Recorded(new AuditHead(2, new string('2', 64))));
        await files.StartAsync();
        Assert.Equal(2, files.State.AuditHead!.Sequence);
    }
}
