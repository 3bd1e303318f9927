using System.Globalization;
using MarbleRun.TestSupport.Servers;
using Microsoft.Extensions.DependencyInjection;

namespace MarbleRun.Coordinator.Stores.Tests;

/// <summary>One member of etcd, without authentication.</summary>
public sealed class EtcdStoreServer : StoreServer
{
    public override string Name => $"etcd at '{Endpoint}'";

    public string Endpoint => $"http://127.0.0.1:{Process!.Port}";

    public override string Kind => "etcd";

    public override IEnumerable<(string Key, string Value)> Settings(string deployment, int port) =>
        [("Coordinator:Store:Etcd:Endpoints", $"http://127.0.0.1:{port}"), ("Coordinator:Store:Etcd:Deployment", deployment)];

    public override IEnumerable<(string Key, string Value)> TimeLimit(TimeSpan limit) =>
        [("Coordinator:Store:Etcd:CommandTimeout", limit.ToString("c", CultureInfo.InvariantCulture))];

    protected override void Use(IServiceCollection services) => services.UseEtcdStore();

    protected override async Task<ServerProcess?> StartAsync() => await EtcdServer.StartAsync(Folder, "http");
}
