using Microsoft.Extensions.DependencyInjection;

namespace MarbleRun.TestSupport;

/// <summary>The base of tests that start Coordinators: it has their folder, and stops what a test started.</summary>
public abstract class CoordinatorTest : IAsyncLifetime
{
    private readonly CoordinatorMachine _machine = new();
    private HttpClient? _client;

    protected static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    /// <inheritdoc cref="CoordinatorMachine.Folder"/>
    protected TemporaryDirectory Folder => _machine.Folder;

    /// <inheritdoc cref="CoordinatorMachine.Host"/>
    protected CoordinatorHost Host => _machine.Host;

    /// <summary>A client of the client port of <see cref="Host"/> without a certificate.</summary>
    protected HttpClient Client => _client ??= Host.CreateClient();

    public virtual ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public virtual async ValueTask DisposeAsync()
    {
        _client?.Dispose();
        await _machine.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    /// <inheritdoc cref="CoordinatorMachine.StartHostAsync"/>
    protected Task<CoordinatorHost> StartAsync(
        Action<IServiceCollection>? configure = null, params (string Member, string Value)[] settings)
    {
        ForgetClient();
        return _machine.StartHostAsync(configure, settings);
    }

    /// <inheritdoc cref="CoordinatorMachine.RestartAsync"/>
    protected Task<CoordinatorHost> RestartAsync(Action? meanwhile = null)
    {
        ForgetClient();
        return _machine.RestartAsync(meanwhile);
    }

    private void ForgetClient()
    {
        _client?.Dispose();
        _client = null;
    }
}
