namespace MarbleRun.Coordinator.Stores.Tests.Faults;

/// <summary>One Coordinator of several, behind proxies that stay where they are when it is started again.</summary>
internal abstract class Replica(string name, int storePort) : IAsyncDisposable
{
    public string Name => name;

    /// <summary>The way of Marbles.</summary>
    public FaultProxy Mesh { get; } = new();

    /// <summary>The way of users.</summary>
    public FaultProxy Client { get; } = new();

    /// <summary>The way to the store; without use for a store without a server.</summary>
    public FaultProxy Store { get; } = new(storePort);

    /// <summary>All three.</summary>
    public IEnumerable<FaultProxy> Links => [Mesh, Client, Store];

    /// <summary>The end of what it logged.</summary>
    public abstract string LogEnd { get; }

    /// <summary>Starts it, or starts it again; when this returns it listens.</summary>
    public async Task StartAsync() => (Mesh.Target, Client.Target) = await ListenAsync();

    /// <summary>Ends it without a warning.</summary>
    public async Task KillAsync()
    {
        (Mesh.Target, Client.Target) = (0, 0);
        await EndAsync();
    }

    /// <summary>Stops its threads, or lets them go on.</summary>
    public abstract Task PauseAsync(bool isPaused);

    public virtual async ValueTask DisposeAsync()
    {
        await EndAsync();
        foreach (FaultProxy link in Links)
        {
            link.Dispose();
        }

        GC.SuppressFinalize(this);
    }

    /// <returns>The ports of Marbles and of users.</returns>
    protected abstract Task<(int Mesh, int Client)> ListenAsync();

    protected abstract Task EndAsync();
}
