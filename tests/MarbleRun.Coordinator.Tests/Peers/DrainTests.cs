using Grpc.Core;
using MarbleRun.Coordinator.Hosting;
using MarbleRun.Coordinator.State.Sealing;
using MarbleRun.Coordinator.State.Stores;
using MarbleRun.Coordinator.Tests.Manifests;
using MarbleRun.Management;
using MarbleRun.TestSupport;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using GovernedManifest = MarbleRun.Coordinator.Tests.Manifests.GovernedManifest;

namespace MarbleRun.Coordinator.Tests.Peers;

/// <summary>A Coordinator is asked to stop while others go on.</summary>
public sealed class DrainTests : PeerTest
{
    [Theory]
    [InlineData(true, CoordinatorPhase.Recovery)]
    [InlineData(false, CoordinatorPhase.AcceptingMarbles)]
    public async Task Stop_OfAReplica_LeavesItsKeysInTheStoreUnlessItLeaves(bool leaves, CoordinatorPhase phase)
    {
        CoordinatorHost first = await StartAsync("first");
        await SetManifestAsync(first);
        CoordinatorHost second = await StartAsync("second", peers: [AddressOf(first)], leaves: leaves);
        string slot = KeySlots.NameOf("second");
        Assert.NotEmpty(await ReadAsync());

        await second.DisposeAsync();

        Assert.Equal(leaves, (await ReadAsync()).IsEmpty);
        Assert.Equal(leaves, second.Logs.Entries.Any(e => e.Contains("KeySlotCleared", StringComparison.Ordinal)));
        CoordinatorHost alone = await StartAsync("second");
        Assert.Equal(phase, StateOf(alone).Phase);
        await alone.DisposeAsync();
        CoordinatorHost again = await StartAsync("second", peers: [AddressOf(first)]);
        Assert.Equal(CoordinatorPhase.AcceptingMarbles, StateOf(again).Phase);

        async Task<System.Collections.Immutable.ImmutableArray<KeySlotEntry>> ReadAsync() =>
            await Store.LoadBlobAsync(slot, Cancellation) is { } blob ? KeySlot.Read(blob.Bytes.Span).Entries : [];
    }

    /// <remarks>Its slot may have what the code of before needs.</remarks>
    [Fact]
    public async Task Stop_WhileItWaitsForARecovery_KeepsTheSlot()
    {
        CoordinatorHost before = await StartAsync("first");
        await SetManifestAsync(before);
        await before.DisposeAsync();
        Directory.Delete(Folder.File("machine-first"), recursive: true);
        CoordinatorHost other = await StartAsync("first", leaves: true);
        Assert.Equal(CoordinatorPhase.Recovery, StateOf(other).Phase);

        await other.DisposeAsync();

        Assert.NotEmpty(KeySlot.Read(Store.Blobs[KeySlots.NameOf("first")].Bytes.Span).Entries);
    }

    [Fact]
    public async Task Stop_Ended_WipesTheKeyOfTheState()
    {
        CoordinatorHost host = await StartAsync("first");
        await SetManifestAsync(host);
        SealingKey key = StateOf(host).Protection.Key;

        await host.DisposeAsync();

        Assert.Throws<ObjectDisposedException>(() => key.Bytes.Length);
    }

    [Fact]
    public async Task Stop_StoreThatDoesNotAnswer_StopsAndSaysThatKeysStay()
    {
        CoordinatorHost host = await StartAsync("first", leaves: true);
        Store.BeforeBlob = _ => throw new StateStoreException("The store does not answer.");

        await host.DisposeAsync();

        Assert.Contains(host.Logs.Entries, e => e.Contains("KeySlotNotCleared", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Stop_UnderLoad_FailsNoCallThatIsRepeatedAtAnother()
    {
        CoordinatorHost first = await StartAsync("first");
        using (HttpClient client = first.CreateClient())
        {
            string manifest = GovernedManifest.Create(first, []).Write();
            (await client.PostAsync(new Uri("/manifest", UriKind.Relative), new StringContent(manifest), Cancellation))
                .EnsureSuccessStatusCode();
        }

        CoordinatorHost second = await StartAsync("second", peers: [AddressOf(first)]);
        var stopped = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Task<int>[] load = [.. Enumerable.Range(0, 4).Select(_ => Task.Run(ActivateAsync, Cancellation))];

        await second.DisposeAsync();
        stopped.SetResult();

        // The last of each is after the stop.
        Assert.All(await Task.WhenAll(load), repeated => Assert.InRange(repeated, 1, int.MaxValue));

        // At the one that stops, and if that does not answer, at the other.
        async Task<int> ActivateAsync()
        {
            int repeated = 0;
            bool isLast = false;
            while (!isLast)
            {
                isLast = stopped.Task.IsCompleted;
                try
                {
                    await MeshClient.ActivateAsync(second, "web");
                }
                catch (Exception exception) when (exception
                    is RpcException { StatusCode: StatusCode.Unavailable } or InvalidOperationException or ObjectDisposedException)
                {
                    await MeshClient.ActivateAsync(first, "web");
                    repeated++;
                }
            }

            return repeated;
        }
    }

    [Fact]
    public async Task Readiness_OfOneThatStops_IsFalse()
    {
        CoordinatorHost host = await StartAsync("first");
        await SetManifestAsync(host);
        Readiness readiness = host.Services.GetRequiredService<Readiness>();
        Assert.True(readiness.Ask().IsReady);

        host.Services.GetRequiredService<IHostApplicationLifetime>().StopApplication();

        Assert.Equal((false, "The Coordinator is stopping. Marbles can activate at another one."), readiness.Ask());
    }
}
