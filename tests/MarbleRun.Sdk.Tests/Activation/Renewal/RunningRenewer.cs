using System.Threading.Channels;
using MarbleRun.Activation;
using MarbleRun.Activation.Renewal;
using MarbleRun.Identity;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace MarbleRun.Tests.Activation.Renewal;

/// <summary>A renewer that runs until it is disposed; its events come one after another.</summary>
internal sealed class RunningRenewer : IAsyncDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly ServiceProvider _services;
    private readonly Events _events = new();
    private readonly Task _run;

    public RunningRenewer(MarbleActivation activation, TimeProvider clock, RenewalSource? source = null)
    {
        Provider.Publish(activation.Identity);
        _services = new ServiceCollection().AddMetrics().BuildServiceProvider();
        var metrics = new IdentityMetrics(
            _services.GetRequiredService<System.Diagnostics.Metrics.IMeterFactory>(), Provider, clock);
        source ??= activation.Source!;
        var parameters = new ParameterRenewal(source.Parameters, Status, metrics, clock, _events);
        var renewer = new Renewer(source, Provider, Early, parameters, Status, metrics, clock, _events, () => 0.5);
        _run = Task.Run(() => renewer.RunAsync(_stop.Token));
    }

    public MarbleIdentityProvider Provider { get; } = new();

    public EarlyRenewal Early { get; } = new();

    public RenewalStatus Status { get; } = new();

    /// <summary>Returns the text of the next event, which must have this name; <c>Level Name: text</c>.</summary>
    public async Task<string> NextAsync(string name, CancellationToken cancellationToken)
    {
        string text = await _events.Texts.Reader.ReadAsync(cancellationToken);
        Assert.Contains($" {name}: ", text, StringComparison.Ordinal);
        return text;
    }

    /// <summary>Completes when an event waits to be read.</summary>
    public Task WaitForEventAsync(CancellationToken cancellationToken) =>
        _events.Texts.Reader.WaitToReadAsync(cancellationToken).AsTask();

    /// <summary>Whether an event waits to be read.</summary>
    public bool HasEvent => _events.Texts.Reader.TryPeek(out _);

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => _run);
        _stop.Dispose();
        await _services.DisposeAsync();
    }

    private sealed class Events : ILogger<Renewer>, ILogger<ParameterRenewal>
    {
        public Channel<string> Texts { get; } = Channel.CreateUnbounded<string>();

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            // Those of the activation, which logs to the same place, are not the renewer's own.
            if (eventId.Id >= 180)
            {
                Texts.Writer.TryWrite($"{logLevel} {eventId.Name}: {formatter(state, exception)} {exception}");
            }
        }
    }
}
