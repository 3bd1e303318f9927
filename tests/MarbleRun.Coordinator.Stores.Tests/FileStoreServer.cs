using MarbleRun.TestSupport.Servers;
using Microsoft.Extensions.DependencyInjection;

namespace MarbleRun.Coordinator.Stores.Tests;

/// <summary>The seal directory, which has no server.</summary>
public sealed class FileStoreServer : StoreServer
{
    public override string Name => Folder.Path;

    public override bool IsShared => false;

    public override IEnumerable<(string Key, string Value)> Settings(string deployment, int port) =>
        [("Coordinator:SealDirectory", Folder.File(deployment))];

    public override string Kind => "file";

    public override IEnumerable<(string Key, string Value)> TimeLimit(TimeSpan limit) => [];

    protected override void Use(IServiceCollection services)
    {
    }

    protected override Task<ServerProcess?> StartAsync() => Task.FromResult<ServerProcess?>(null);
}
