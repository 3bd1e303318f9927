using System.Globalization;
using MarbleRun.TestSupport.FakeKubernetes;
using MarbleRun.TestSupport.Servers;
using Microsoft.Extensions.DependencyInjection;

namespace MarbleRun.Coordinator.Stores.Tests;

/// <summary>An API server in this process.</summary>
public sealed class KubernetesStoreServer : StoreServer
{
    private FakeApiServer? _server;

    public override string Name => $"Kubernetes at '{Server.Address}', namespace 'default'";

    public override string Kind => "kubernetes";

    public override int Port => new Uri(Server.Address).Port;

    internal FakeApiServer Server => _server!;

    public override IEnumerable<(string Key, string Value)> Settings(string deployment, int port) =>
    [
        ("Coordinator:Store:Kubernetes:ApiServer", new UriBuilder(Server.Address) { Port = port }.Uri.GetLeftPart(UriPartial.Authority)),
        ("Coordinator:Store:Kubernetes:Namespace", "default"),
        ("Coordinator:Store:Kubernetes:CertificateAuthorityFile", Server.CertificateAuthorityFile),
        ("Coordinator:Store:Kubernetes:TokenFile", Server.TokenFile),
        ("Coordinator:Store:Kubernetes:Deployment", deployment),
    ];

    public override IEnumerable<(string Key, string Value)> TimeLimit(TimeSpan limit) =>
        [("Coordinator:Store:Kubernetes:CommandTimeout", limit.ToString("c", CultureInfo.InvariantCulture))];

    public override Task RestartAsync() => Server.StartAsync();

    public override void Kill() => Server.StopAsync().GetAwaiter().GetResult();

    public override Task PauseAsync(string signal)
    {
        if (signal == "STOP")
        {
            Server.Pause();
        }
        else
        {
            Server.Resume();
        }

        return Task.CompletedTask;
    }

    /// <summary>Settings for a user of this name, so that a test can tell the clients apart.</summary>
    internal (string Key, string Value) As(string user)
    {
        string token = $"token-of-{user}";
        Server.Tokens[token] = user;
        string file = Folder.File(token);
        File.WriteAllText(file, token);
        return ("Coordinator:Store:Kubernetes:TokenFile", file);
    }

    /// <summary>The names of the chunks of a deployment.</summary>
    internal IReadOnlyList<string> Chunks(string deployment) =>
    [
        .. Server.Store.List(new ObjectPath("secrets", "default", null), _ => true, 0, null).Items
            .Select(o => (string)o["metadata"]!["name"]!)
            .Where(n => n.StartsWith($"{deployment}-state.chunk-", StringComparison.Ordinal)),
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
