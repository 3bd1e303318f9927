using MarbleRun.TestSupport;
using Microsoft.Extensions.DependencyInjection;

namespace MarbleRun.Coordinator.Stores.Tests.Faults;

/// <summary>A replica in this process, whose services can be replaced.</summary>
/// <param name="name">Of the replica.</param>
/// <param name="storePort">The port of the store's server.</param>
/// <param name="directory">The machine.</param>
/// <param name="configure">Replaces services.</param>
/// <param name="settings">Its configuration, for the port that it reaches the store at.</param>
internal sealed class HostedReplica(
    string name,
    int storePort,
    TemporaryDirectory directory,
    Action<IServiceCollection> configure,
    Func<int, IEnumerable<(string Key, string Value)>> settings) : Replica(name, storePort)
{
    private const int KeptLines = 200;
    private static readonly string[] s_levels = ["Warning ", "Error ", "Critical "];

    private CoordinatorHost? _host;

    public override string LogEnd => string.Join(
        '\n',
        (_host?.Logs.Entries ?? []).Where(e => s_levels.Any(l => e.StartsWith(l, StringComparison.Ordinal))).TakeLast(KeptLines));

    /// <summary>What it logged of the store; it may be older than <see cref="LogEnd"/>.</summary>
    public IEnumerable<string> StoreEvents =>
        (_host?.Logs.Entries ?? []).Where(e => e.Contains("StoreAway: ", StringComparison.Ordinal));

    /// <summary>Threads of this process cannot be stopped apart from the others: its links are silent instead.</summary>
    public override Task PauseAsync(bool isPaused)
    {
        foreach (FaultProxy link in Links)
        {
            link.State = isPaused ? LinkState.Silent : LinkState.Open;
        }

        return Task.CompletedTask;
    }

    protected override async Task<(int Mesh, int Client)> ListenAsync()
    {
        _host = await CoordinatorHost.StartAsync(
            directory, configure, [.. settings(Store.Port).Select(s => (s.Key["Coordinator:".Length..], s.Value))]);
        return (_host.Mesh.Port, _host.Client.Port);
    }

    protected override async Task EndAsync()
    {
        if (_host is { } host)
        {
            await host.DisposeAsync();
        }
    }
}
