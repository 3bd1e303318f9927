namespace MarbleRun.Coordinator.Stores.Tests;

/// <summary>Secrets of a real cluster, as every store. It is neither stopped nor killed.</summary>
public sealed class KubernetesClusterTests(KubernetesClusterServer server)
    : ConcurrentStoreConformance(server), IClassFixture<KubernetesClusterServer>, IAsyncLifetime
{
    public ValueTask InitializeAsync()
    {
        Assert.SkipWhen(server.SkipReason is not null, server.SkipReason ?? string.Empty);
        return ValueTask.CompletedTask;
    }

    /// <summary>What a test leaves in somebody's cluster.</summary>
    public async ValueTask DisposeAsync()
    {
        if (server.SkipReason is null)
        {
            await Connect().RemoveAsync(CancellationToken.None);
        }

        GC.SuppressFinalize(this);
    }
}
