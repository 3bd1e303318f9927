using MarbleRun.Coordinator.Stores.Tests.FakeKubernetes;
using MarbleRun.TestSupport.Servers;
using Microsoft.Extensions.DependencyInjection;

namespace MarbleRun.Coordinator.Stores.Tests;

/// <summary>An API server in this process.</summary>
public sealed class KubernetesStoreServer : StoreServer
{
    private FakeApiServer? _server;

    public override string Name => $"Kubernetes at '{Server.Address}', namespace 'default'";

    internal FakeApiServer Server => _server!;

    public override IEnumerable<(string Key, string Value)> Settings(string deployment) =>
    [
        ("Coordinator:Store:Kubernetes:ApiServer", Server.Address),
        ("Coordinator:Store:Kubernetes:Namespace", "default"),
        ("Coordinator:Store:Kubernetes:CertificateAuthorityFile", Server.CertificateAuthorityFile),
        ("Coordinator:Store:Kubernetes:TokenFile", Server.TokenFile),
        ("Coordinator:Store:Kubernetes:Deployment", deployment),
    ];

    protected override void Use(IServiceCollection services) => services.UseKubernetesStore();

    protected override async Task<ServerProcess?> StartAsync()
    {
        _server = new FakeApiServer(Folder);
        await _server.StartAsync();
        return null;
    }

    protected override ValueTask DisposeServerAsync() => Server.DisposeAsync();
}
