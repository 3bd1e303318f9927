using System.Globalization;
using MarbleRun.TestSupport.Servers;
using Microsoft.Extensions.DependencyInjection;

namespace MarbleRun.Coordinator.Stores.Tests;

/// <summary>The cluster that <c>KUBECONFIG</c> names. The tests make Secrets there, with names that begin with <c>test-</c>.</summary>
public sealed class KubernetesClusterServer : StoreServer
{
    private KubeConfig? _config;

    public override string Name => $"Kubernetes at '{_config!.Server.TrimEnd('/')}', namespace '{_config.Namespace}'";

    /// <summary>Why there is no cluster for the tests; a fixture cannot skip them itself.</summary>
    internal string? SkipReason { get; private set; }

    public override string Kind => "kubernetes";

    /// <summary>The cluster is where its file says.</summary>
    public override IEnumerable<(string Key, string Value)> Settings(string deployment, int port) => _config!.ToSettings(deployment);

    public override IEnumerable<(string Key, string Value)> TimeLimit(TimeSpan limit) =>
        [("Coordinator:Store:Kubernetes:CommandTimeout", limit.ToString("c", CultureInfo.InvariantCulture))];

    protected override void Use(IServiceCollection services) => services.UseKubernetesStore();

    protected override Task<ServerProcess?> StartAsync()
    {
        string[] files = (Environment.GetEnvironmentVariable("KUBECONFIG") ?? string.Empty)
            .Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries);
        if (files.Length == 0)
        {
            SkipReason = "KUBECONFIG names no cluster.";
        }
        else
        {
            _config = KubeConfig.Read(files[0], Folder);
            SkipReason = _config.Unsupported is { } what ? $"The store cannot use '{files[0]}': {what}." : null;
        }

        return Task.FromResult<ServerProcess?>(null);
    }
}
