using MarbleRun.Audit;
using MarbleRun.Coordinator.State;
using MarbleRun.Coordinator.State.Sealing;
using MarbleRun.Coordinator.State.Stores;

namespace MarbleRun.Coordinator.Tests.State;

/// <summary>A deployment in memory whose Marbles use counters, and what a running Coordinator does to it.</summary>
internal sealed class CountedFiles
{
    public const string Name = "counters";
    public const string BaseName = "counters_base";

    private readonly IGenerationGuard? _guard;
    private StateRepository _repository;

    private CountedFiles(SealedFiles files, IGenerationGuard? guard)
    {
        Files = files;
        _guard = guard;
        _repository = files.Open(guard);
    }

    public SealedFiles Files { get; }

    /// <summary>The state in force.</summary>
    public CoordinatorState State { get; private set; } = null!;

    public byte[] Counters
    {
        get => Files.Beside[Name];
        set => Files.Beside[Name] = value;
    }

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    /// <summary>A deployment without any counter.</summary>
    public static async Task<CountedFiles> CreateAsync(IGenerationGuard? guard = null)
    {
        var files = new CountedFiles(new SealedFiles([], []), guard);
        files.State = await files._repository.SaveAsync(SealedFiles.CreateState());
        await files.StartAsync();
        return files;
    }

    /// <summary>A deployment with the counter <c>t:u:n</c>.</summary>
    public static async Task<CountedFiles> CreateAsync(ulong value, IGenerationGuard? guard = null)
    {
        CountedFiles files = await CreateAsync(guard);
        await files.RaiseAsync("t:u:n", value);
        return files;
    }

    /// <summary>What the writer does with a change of counters alone.</summary>
    public async Task RaiseAsync(string key, ulong value)
    {
        CoordinatorState raised = State with { Counters = State.Counters.Raise(key, value) };
        State = State.Counters.Series is null
            ? await _repository.SaveAsync(raised with { Generation = State.Generation + 1 })
            : await _repository.SaveCountersAsync(raised);
    }

    /// <summary>The same, with its record in the audit trail.</summary>
    public async Task ChangeCountersAsync(AuditHead head)
    {
        CoordinatorState raised = State.Recorded(head) with { Counters = State.Counters.Raise("t:u:recorded", (ulong)head.Sequence) };
        State = await _repository.SaveCountersAsync(raised);
    }

    /// <summary>What the writer does with any other change.</summary>
    public async Task ChangeAsync(Func<CoordinatorState, CoordinatorState>? change = null) =>
        State = await _repository.SaveAsync((change?.Invoke(State) ?? State) with { Generation = State.Generation + 1 });

    /// <summary>So many counters with long names that all are sealed together.</summary>
    public async Task RaiseManyAsync(string prefix)
    {
        for (int i = 0; i < 2; i++)
        {
            CounterSet many = State.Counters.Raise(
                Enumerable.Range(0, 40).Select(n => KeyValuePair.Create($"t:u:{prefix}{i}{n}{new string('x', 1000)}", 1UL)));
            State = await _repository.SaveCountersAsync(State with { Counters = many });
        }
    }

    /// <summary>Starts again; the files may have been changed meanwhile.</summary>
    /// <exception cref="SealedStateException">The start is refused.</exception>
    public async Task StartAsync()
    {
        _repository = Files.Open(_guard);
        LoadedState loaded = await _repository.LoadAsync(Cancellation);
        State = loaded.Opened ?? throw new InvalidOperationException("The start found no state that opens.");
    }

    /// <summary>The sentence of a start that is refused.</summary>
    public async Task<string> RefusedAsync() => (await Assert.ThrowsAsync<SealedStateException>(StartAsync)).Message;
}
