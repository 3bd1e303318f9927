using MarbleRun.Coordinator.State.Stores;
using MarbleRun.Coordinator.Tests.Manifests;
using MarbleRun.TestSupport;
using Microsoft.Extensions.DependencyInjection;

namespace MarbleRun.Coordinator.Tests.Counters;

/// <summary>Counters on a disk that takes nothing.</summary>
public sealed class CounterDurabilityTests
{
    [Fact]
    [Trait("Security", "F4")]
    [Case("client-api", "Counter: a store that fails")]
    public async Task Raise_OnAFullDisk_Is500AndTheValueStays()
    {
        var files = new SwitchedFiles();
        await using GovernedMesh mesh = await GovernedMesh.StartAsync(configure: s => s.AddSingleton<IFileOperations>(files));
        using CounterMarble marble = await CounterMarble.ActivateAsync(mesh);
        await marble.RaiseAsync("n", 1);

        files.Inner = new SwitchedFiles.Full();
        Assert.StartsWith(
            "500 {\"status\":\"error\",\"data\":null,\"message\":\"", await marble.RaiseAsync("n", 2), StringComparison.Ordinal);

        files.Repair();
        Assert.Equal(CounterMarble.Value(1), await marble.RaiseAsync("n", 0));
        Assert.Equal(CounterMarble.Value(1), await marble.RaiseAsync("n", 3));
    }
}
