using System.Security.Cryptography;
using MarbleRun.Coordinator.Authority;
using Microsoft.Extensions.Options;

namespace MarbleRun.Coordinator.State;

/// <summary>Loads the state, or makes a first one, before any port opens, and runs the writer until the host stops.</summary>
internal sealed partial class StateService(
    StateRepository repository,
    CurrentState current,
    StateWriter writer,
    IOptions<CoordinatorOptions> options,
    TimeProvider timeProvider,
    ILogger<StateService> logger) : IHostedLifecycleService
{
    private Task _running = Task.CompletedTask;

    public async Task StartingAsync(CancellationToken cancellationToken)
    {
        CoordinatorState? state = await repository.LoadAsync(cancellationToken);
        if (state is null)
        {
            state = CreateFirst();
            await repository.SaveAsync(state);
            Log.Created(logger, state.Authority.Root.GetCertHashString(HashAlgorithmName.SHA256));
        }
        else
        {
            Log.Loaded(logger, state.Generation, state.Manifest?.Fingerprint ?? "none", state.Authority.Root.GetCertHashString(HashAlgorithmName.SHA256));
        }

        current.Publish(state);
        _running = writer.RunAsync();
    }

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public async Task StoppedAsync(CancellationToken cancellationToken)
    {
        writer.Complete();
        await _running;
    }

    private CoordinatorState CreateFirst()
    {
        CoordinatorOptions value = options.Value;
        return new CoordinatorState
        {
            Generation = 1,
            Authority = MeshAuthority.Create(value.Authority.KeyAlgorithm, CertificateNames.ForCoordinator(value.SplitDnsNames()), timeProvider.GetUtcNow()),
            RootSecret = RandomNumberGenerator.GetBytes(32),
        };
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Information, "No sealed state found. A new certificate authority was made; the SHA-256 of its root certificate is {RootFingerprint}.", EventName = "StateCreated")]
        public static partial void Created(ILogger logger, string rootFingerprint);

        [LoggerMessage(2, LogLevel.Information, "Continuing with the sealed state of generation {Generation}: manifest {ManifestFingerprint}, root certificate {RootFingerprint}.", EventName = "StateLoaded")]
        public static partial void Loaded(ILogger logger, ulong generation, string manifestFingerprint, string rootFingerprint);
    }
}
