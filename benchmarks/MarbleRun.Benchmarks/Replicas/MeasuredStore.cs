using MarbleRun.TestSupport;
using MarbleRun.TestSupport.FakeKubernetes;
using MarbleRun.TestSupport.Servers;

namespace MarbleRun.Benchmarks.Replicas;

/// <summary>A store for deployments of one or several Coordinators, with its server.</summary>
internal sealed class MeasuredStore : IAsyncDisposable
{
    /// <summary>The store of one Coordinator, which the others are compared with.</summary>
    public const string File = "file";

    /// <summary>The stores that several Coordinators can share, as the program of a Coordinator knows them.</summary>
    public static readonly string[] Shared = ["postgresql", "etcd", "kubernetes"];

    private readonly TemporaryDirectory _folder = new();
    private Func<string, IEnumerable<(string Key, string Value)>> _settings = _ => [];
    private Func<ValueTask> _stop = () => ValueTask.CompletedTask;
    private int? _server;

    private MeasuredStore(string kind) => Kind = kind;

    public string Kind { get; }

    /// <summary>
    /// Processor time of the server with its children; null for a folder, and for the API server of the tests, which runs in this process.
    /// </summary>
    public TimeSpan? ProcessorTime => _server is { } server ? OtherProcess.ProcessorTimeOfTree(server) : null;

    public static async Task<MeasuredStore> StartAsync(string kind)
    {
        var store = new MeasuredStore(kind);
        try
        {
            await (kind switch
            {
                File => Task.CompletedTask,
                "postgresql" => store.StartPostgreSqlAsync(),
                "etcd" => store.StartEtcdAsync(),
                "kubernetes" => store.StartKubernetesAsync(),
                _ => throw new ArgumentException($"There is no store '{kind}'.", nameof(kind)),
            });
            return store;
        }
        catch
        {
            await store.DisposeAsync();
            throw;
        }
    }

    /// <summary>The configuration of a Coordinator of a deployment.</summary>
    public IEnumerable<(string Key, string Value)> Settings(string deployment) => _settings(deployment);

    public async ValueTask DisposeAsync()
    {
        await _stop();
        _folder.Dispose();
    }

    private async Task StartPostgreSqlAsync()
    {
        ServerProcess server = await PostgreSqlServer.StartAsync(
            _folder, "coordinator", "host all coordinator 127.0.0.1/32 trust\n", string.Empty);
        string connection = $"Host=127.0.0.1;Port={server.Port};Database=postgres;Username=coordinator;SSL Mode=Disable";
        Use(server, deployment =>
        [
            ("Coordinator:Store:PostgreSql:ConnectionString", connection),
            ("Coordinator:Store:PostgreSql:Deployment", deployment),
        ]);
    }

    private async Task StartEtcdAsync()
    {
        ServerProcess server = await EtcdServer.StartAsync(_folder, "http");
        Use(server, deployment =>
        [
            ("Coordinator:Store:Etcd:Endpoints", $"http://127.0.0.1:{server.Port}"),
            ("Coordinator:Store:Etcd:Deployment", deployment),
        ]);
    }

    private async Task StartKubernetesAsync()
    {
        var server = new FakeApiServer(_folder);
        _stop = server.DisposeAsync;
        await server.StartAsync();
        _settings = deployment =>
        [
            ("Coordinator:Store:Kubernetes:ApiServer", server.Address),
            ("Coordinator:Store:Kubernetes:Namespace", "default"),
            ("Coordinator:Store:Kubernetes:CertificateAuthorityFile", server.CertificateAuthorityFile),
            ("Coordinator:Store:Kubernetes:TokenFile", server.TokenFile),
            ("Coordinator:Store:Kubernetes:Deployment", deployment),
        ];
    }

    private void Use(ServerProcess server, Func<string, IEnumerable<(string Key, string Value)>> settings)
    {
        (_server, _settings) = (server.Id, settings);
        _stop = () =>
        {
            server.Dispose();
            return ValueTask.CompletedTask;
        };
    }
}
