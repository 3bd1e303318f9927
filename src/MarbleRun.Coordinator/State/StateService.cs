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
    ILogger<StateService> logger)
{
    private Task _running = Task.CompletedTask;

    public async Task OpenAsync(CancellationToken cancellationToken)
    {
        LoadedState loaded = await repository.LoadAsync(cancellationToken);
        CoordinatorState state = loaded.Opened ?? CreateFirst(loaded);
        if (loaded.Locked is { } locked)
        {
            Log.Locked(logger, locked.Reason, state.Authority.Root.GetCertHashString(HashAlgorithmName.SHA256));
        }
        else if (loaded.Opened is null)
        {
            state = await repository.SaveAsync(state);
            Log.Created(logger, state.Authority.Root.GetCertHashString(HashAlgorithmName.SHA256));
        }
        else
        {
            Log.Loaded(
                logger,
                state.Generation,
                state.Manifest?.Fingerprint ?? "none",
                state.Authority.Root.GetCertHashString(HashAlgorithmName.SHA256));
        }

        current.Publish(state);
        _running = writer.RunAsync();
    }

    public async Task CloseAsync()
    {
        writer.Complete();
        await _running;
    }

    private CoordinatorState CreateFirst(LoadedState loaded)
    {
        CoordinatorOptions value = options.Value;
        return new CoordinatorState
        {
            Generation = loaded.Newest.State.Number + 1,
            Counters = CounterSet.Empty with { Generation = loaded.Newest.Counters.Number },
            Authority = MeshAuthority.Create(
                value.Authority.KeyAlgorithm, CertificateNames.ForCoordinator(value.DnsNames), timeProvider.GetUtcNow()),
            RootSecret = RandomNumberGenerator.GetBytes(32),
            Protection = StateProtection.Create(),
            InRecovery = loaded.Locked is not null,
        };
    }

    private static partial class Log
    {
        [LoggerMessage(
            EventIds.StateLocked,
            LogLevel.Warning,
            "RECOVERY MODE: there is sealed state, but its key cannot be unsealed. {Reason} The parties of the recovery keys must upload "
            + "their secrets. Until then a certificate authority that lasts only so long stands in; the SHA-256 of its root certificate is "
            + "{RootFingerprint}.",
            EventName = "StateLocked")]
        public static partial void Locked(ILogger logger, string reason, string rootFingerprint);

        [LoggerMessage(
            EventIds.StateCreated,
            LogLevel.Information,
            "No sealed state found. A new certificate authority was made; the SHA-256 of its root certificate is {RootFingerprint}.",
            EventName = "StateCreated")]
        public static partial void Created(ILogger logger, string rootFingerprint);

        [LoggerMessage(
            EventIds.StateLoaded,
            LogLevel.Information,
            "Continuing with the sealed state of generation {Generation}: manifest {ManifestFingerprint}, root certificate "
            + "{RootFingerprint}.",
            EventName = "StateLoaded")]
        public static partial void Loaded(ILogger logger, ulong generation, string manifestFingerprint, string rootFingerprint);
    }
}
