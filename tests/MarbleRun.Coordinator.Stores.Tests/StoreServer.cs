using MarbleRun.Coordinator.State.Stores;
using MarbleRun.TestSupport;
using MarbleRun.TestSupport.Servers;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace MarbleRun.Coordinator.Stores.Tests;

/// <summary>A real server, which the tests of one class share; each test has a deployment of its own.</summary>
public abstract class StoreServer : IAsyncLifetime
{
    private readonly List<ServiceProvider> _clients = [];

    protected TemporaryDirectory Folder { get; } = new();

    /// <summary>Everything that the stores logged.</summary>
    public RecordingLogs Logs { get; } = new();

    /// <summary>The server process; null for a store without one, or whose server is in this process.</summary>
    public ServerProcess? Process { get; private set; }

    /// <summary>The port of the server; 0 for a store without one.</summary>
    public virtual int Port => Process?.Port ?? 0;

    /// <summary>How a message names the server.</summary>
    public abstract string Name { get; }

    /// <summary>The name of the store for the program of a replica.</summary>
    public abstract string Kind { get; }

    /// <summary>Whether several clients can use one deployment at the same time.</summary>
    public virtual bool IsShared => true;

    public async ValueTask InitializeAsync() => Process = await StartAsync();

    /// <summary>A client with connections of its own.</summary>
    public IStateStore Connect(string deployment, params (string Key, string Value)[] settings) =>
        ConnectServices(deployment, settings).GetRequiredService<IStateStore>();

    /// <summary>The same for the audit trails.</summary>
    public IAuditStore ConnectAudit(string deployment, params (string Key, string Value)[] settings) =>
        ConnectServices(deployment, settings).GetRequiredService<IAuditStore>();

    public async ValueTask DisposeAsync()
    {
        foreach (ServiceProvider client in _clients)
        {
            await client.DisposeAsync();
        }

        Process?.Dispose();
        await DisposeServerAsync();
        Folder.Dispose();
        GC.SuppressFinalize(this);
    }

    public IEnumerable<(string Key, string Value)> Settings(string deployment) => Settings(deployment, Port);

    /// <summary>The settings of a client that reaches the server at another port of loopback.</summary>
    public abstract IEnumerable<(string Key, string Value)> Settings(string deployment, int port);

    /// <summary>The longest time of one operation; nothing for a store without a server.</summary>
    public abstract IEnumerable<(string Key, string Value)> TimeLimit(TimeSpan limit);

    /// <summary>Starts the server again, at the same address.</summary>
    public virtual Task RestartAsync() => Process!.RestartAsync();

    /// <summary>Ends the server at once, whatever it does.</summary>
    public virtual void Kill() => Process!.Kill();

    /// <summary>Sends a signal to everything that answers clients.</summary>
    /// <param name="signal"><c>STOP</c> or <c>CONT</c>.</param>
    public virtual Task PauseAsync(string signal) => Process!.SignalAsync(signal);

    /// <summary>Changes the time of a record behind the back of every Coordinator, in a store that keeps audit trails.</summary>
    public virtual Task ChangeRecordAsync(string deployment, string replica, long sequence) => throw new NotSupportedException();

    protected abstract void Use(IServiceCollection services);

    /// <summary>Ends a server that is not a process.</summary>
    protected virtual ValueTask DisposeServerAsync() => ValueTask.CompletedTask;

    protected abstract Task<ServerProcess?> StartAsync();

    private ServiceProvider ConnectServices(string deployment, (string Key, string Value)[] settings)
    {
        var values = new Dictionary<string, string?>();
        foreach ((string key, string value) in (IEnumerable<(string, string)>)[.. Settings(deployment), .. settings])
        {
            values[key] = value;
        }

        IServiceCollection services = new ServiceCollection()
            .AddSingleton<IConfiguration>(new ConfigurationBuilder().AddInMemoryCollection(values).Build())
            .AddLogging(logging => logging.SetMinimumLevel(LogLevel.Trace).AddProvider(Logs))
            .AddCoordinator();
        Use(services);
        ServiceProvider provider = services.BuildServiceProvider();
        lock (_clients)
        {
            _clients.Add(provider);
        }

        return provider;
    }
}
