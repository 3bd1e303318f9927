using MarbleRun.Coordinator.State.Stores;
using MarbleRun.TestSupport.Servers;

namespace MarbleRun.Coordinator.Stores.Tests;

/// <summary>etcd, as every store.</summary>
public sealed class EtcdStoreTests(EtcdStoreServer server) : SharedStoreConformance(server), IClassFixture<EtcdStoreServer>
{
    protected override Task StopServerAsync() => Process.StopAsync("TERM");

    /// <summary>While the server is away, another client compacts what the watch asks for next.</summary>
    [Fact]
    public async Task Watch_RevisionsWereCompacted_ReportsLaterChanges()
    {
        IStateStore writer = Connect();
        StateVersion version = await writer.CommitAsync(State("one"), null, Token);
        await using IAsyncEnumerator<StateVersion?> watch = Connect().WatchAsync(Token).GetAsyncEnumerator(Token);
        Assert.True(await watch.MoveNextAsync());

        for (int i = 0; i < 5; i++)
        {
            version = await writer.CommitAsync(State($"{i}"), version, Token);
        }

        await ServerProcess.RunAsync(
            "curl",
            "-sf",
            $"{((EtcdStoreServer)Server).Endpoint}/v3/kv/compaction",
            "-d",
            $$"""{"revision":"{{version.Value.Split('-')[0]}}"}""");
        await StopServerAsync();
        await Process.RestartAsync();

        version = await RetryAsync(() => writer.CommitAsync(State("last"), version, Token));
        await WaitForAsync(watch, version);
        Assert.Equal("last", Text((await RetryAsync(async () => (await Connect().LoadAsync(Token))!)).Blobs.Data));
    }
}
