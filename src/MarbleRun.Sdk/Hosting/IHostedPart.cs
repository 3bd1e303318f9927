using Lifecycle = Microsoft.Extensions.Hosting.IHostedLifecycleService;
using Service = Microsoft.Extensions.Hosting.IHostedService;

namespace MarbleRun.Hosting;

/// <summary>A hosted service that implements only those steps of a host's life in which it has something to do.</summary>
/// <remarks>The Coordinator compiles this file, too, since it sees the public surface of the SDK alone.</remarks>
internal interface IHostedPart : Lifecycle
{
    Task Lifecycle.StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    Task Service.StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    Task Lifecycle.StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    Task Lifecycle.StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    Task Service.StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    Task Lifecycle.StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
