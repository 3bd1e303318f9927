using Lifecycle = Microsoft.Extensions.Hosting.IHostedLifecycleService;
using Service = Microsoft.Extensions.Hosting.IHostedService;

namespace MarbleRun.Hosting;

/// <summary>A hosted service that implements only the steps of the host's life cycle that it needs.</summary>
/// <remarks>The Coordinator compiles this file too, because it uses only the public surface of the SDK.</remarks>
internal interface IHostedPart : Lifecycle
{
    Task Lifecycle.StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    Task Service.StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    Task Lifecycle.StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    Task Lifecycle.StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    Task Service.StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    Task Lifecycle.StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
