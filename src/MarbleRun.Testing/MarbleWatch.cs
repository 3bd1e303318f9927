using MarbleRun.Identity;
using Microsoft.Extensions.Hosting;

namespace MarbleRun.Testing;

/// <summary>Checks that the host becomes a Marble, and finds its identity.</summary>
internal sealed class MarbleWatch(string marbleType, Func<IMarbleIdentityProvider?> find) : IHostedLifecycleService
{
    public Task StartingAsync(CancellationToken cancellationToken) => find() is not null
        ? Task.CompletedTask
        : throw new InvalidOperationException(
            $"The host of Marble '{marbleType}' has no Marble services. Call builder.Services.AddMarble() in its start.");

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
