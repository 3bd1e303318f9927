using Microsoft.Extensions.DependencyInjection;

namespace MarbleRun.TestSupport;

/// <summary>The folder of a Coordinator's machine, and the Coordinators that are started in it one after another.</summary>
public class CoordinatorMachine : IAsyncDisposable
{
    private readonly Stack<CoordinatorHost> _hosts = [];
    private Action<IServiceCollection>? _configure;
    private (string Member, string Value)[] _settings = [];

    /// <summary>The sealed state and the development root; a Coordinator continues what it finds here.</summary>
    public TemporaryDirectory Folder { get; protected set; } = new();

    /// <summary>The Coordinator that was started last.</summary>
    public CoordinatorHost Host => _hosts.TryPeek(out CoordinatorHost? host)
        ? host
        : throw new InvalidOperationException("No Coordinator runs. Start one first.");

    /// <inheritdoc cref="CoordinatorHost.StartAsync"/>
    public async Task<CoordinatorHost> StartHostAsync(
        Action<IServiceCollection>? configure = null, params (string Member, string Value)[] settings)
    {
        _configure = configure;
        _settings = settings;
        CoordinatorHost host = await CoordinatorHost.StartAsync(Folder, configure, settings);
        _hosts.Push(host);
        return host;
    }

    /// <summary>Stops what runs; the state stays in <see cref="Folder"/>.</summary>
    public async Task StopAsync()
    {
        while (_hosts.TryPop(out CoordinatorHost? host))
        {
            await host.DisposeAsync();
        }
    }

    /// <summary>Stops what runs and starts a Coordinator with the options of the last start.</summary>
    /// <param name="meanwhile">Runs while no Coordinator does.</param>
    public async Task<CoordinatorHost> RestartAsync(Action? meanwhile = null)
    {
        await StopAsync();
        meanwhile?.Invoke();
        return await StartHostAsync(_configure, _settings);
    }

    public virtual async ValueTask DisposeAsync()
    {
        await StopAsync();
        Folder.Dispose();
        GC.SuppressFinalize(this);
    }
}
