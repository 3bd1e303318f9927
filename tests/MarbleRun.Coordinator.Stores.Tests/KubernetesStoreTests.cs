using System.Globalization;
using MarbleRun.Coordinator.State.Stores;
using MarbleRun.Coordinator.Stores.Tests.FakeKubernetes;

namespace MarbleRun.Coordinator.Stores.Tests;

/// <summary>Secrets of Kubernetes, as every store.</summary>
public sealed class KubernetesStoreTests(KubernetesStoreServer server)
    : SharedStoreConformance(server), IClassFixture<KubernetesStoreServer>
{
    private FakeApiServer Api => ((KubernetesStoreServer)Server).Server;

    protected override (string Key, string Value) TimeLimit(TimeSpan limit) =>
        ("Coordinator:Store:Kubernetes:CommandTimeout", limit.ToString("c", CultureInfo.InvariantCulture));

    protected override Task StopServerAsync() => Api.StopAsync();

    protected override Task RestartServerAsync() => Api.StartAsync();

    protected override void KillServer() => Api.StopAsync().GetAwaiter().GetResult();

    protected override Task PauseAsync(string signal)
    {
        if (signal == "STOP")
        {
            Api.Pause();
        }
        else
        {
            Api.Resume();
        }

        return Task.CompletedTask;
    }
}
