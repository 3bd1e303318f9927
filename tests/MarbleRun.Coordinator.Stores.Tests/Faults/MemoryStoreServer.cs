using MarbleRun.Coordinator.State.Stores;
using MarbleRun.TestSupport.Servers;
using Microsoft.Extensions.DependencyInjection;

namespace MarbleRun.Coordinator.Stores.Tests.Faults;

/// <summary>The store in the memory of this process, for replicas in this process.</summary>
internal sealed class MemoryStoreServer(Func<MemoryStoreContent, IStateStore> connect) : StoreServer
{
    public override string Name => "memory";

    public override string Kind => "memory";

    public MemoryStoreContent Content { get; } = new();

    public override IEnumerable<(string Key, string Value)> Settings(string deployment, int port) => [];

    public override IEnumerable<(string Key, string Value)> TimeLimit(TimeSpan limit) => [];

    /// <summary>Adds the store to the services of a replica.</summary>
    public void UseIn(IServiceCollection services) => Use(services);

    protected override void Use(IServiceCollection services) => services.AddSingleton(_ => connect(Content));

    protected override Task<ServerProcess?> StartAsync() => Task.FromResult<ServerProcess?>(null);
}
