using System.Buffers;
using System.Collections.Immutable;
using System.Text.Json;
using MarbleRun.Coordinator.Limits;
using MarbleRun.Coordinator.State;
using MarbleRun.Coordinator.State.Stores;
using MarbleRun.Files;
using MarbleRun.Management;
using MarbleRun.Manifests;
using MarbleRun.Manifests.Signatures;
using Microsoft.Extensions.Options;

namespace MarbleRun.Coordinator.Manifests;

/// <summary>
/// Sets the manifest that the start options name, before any port opens, if none is set yet. A restart with the same option does nothing,
/// unless the options ask for an update to another manifest, and state that waits to be recovered is left alone.
/// </summary>
internal sealed partial class StartupManifest(
    CurrentState current,
    ManifestService manifests,
    StartupUpdate update,
    IFileOperations files,
    IOptions<CoordinatorOptions> options,
    ILogger<StartupManifest> logger)
{
    private const int LongestManifest = 100 * 1024 * 1024;

    public async Task PutInForceAsync(CancellationToken cancellationToken)
    {
        if (options.Value.StartupManifest is not { Length: > 0 } path)
        {
            return;
        }

        CoordinatorState state = current.Value;
        if (state.Phase == CoordinatorPhase.Recovery)
        {
            Log.LeftForRecovery(logger, path, Path.GetFullPath(options.Value.SealDirectory));
            return;
        }

        byte[] raw = Read(path);
        ImmutableArray<ManifestSignature> signatures = ReadSignatures();
        if (state.Manifest is { } mesh)
        {
            if (mesh.Fingerprint == Manifest.ComputeFingerprint(raw))
            {
                await RefusableAsync(path, () => update.SignAsync(signatures));
                Log.InForce(logger, path);
            }
            else if (options.Value.UpdateToStartupManifest)
            {
                await PutInForceAsync(path, () => update.ApplyAsync(raw, signatures, Keep, cancellationToken));
                Log.Updated(logger, path, mesh.Fingerprint);
            }
            else
            {
                Log.OtherInForce(logger, path, mesh.Fingerprint);
            }

            return;
        }

        try
        {
            await PutInForceAsync(
                path,
                () => manifests.SetAsync(
                    () => Task.FromResult(new ManifestBody(raw, signatures)), actor: default, Caller.Own, Keep, cancellationToken));
        }
        catch (StartupManifestException) when (current.Value.Manifest is { } other)
        {
            // Another Coordinator of the deployment was faster. The secrets that were kept are for a key that never was in force.
            File.Delete(RecoverySecretsPath);
            if (other.Fingerprint == Manifest.ComputeFingerprint(raw))
            {
                Log.InForce(logger, path);
            }
            else
            {
                Log.OtherInForce(logger, path, other.Fingerprint);
            }
        }
    }

    private static byte[] Read(string path)
    {
        try
        {
            return RegularFile.Read(path, LongestManifest);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new StartupManifestException(
                $"Cannot read startup manifest '{path}': {exception.Message} Check Coordinator:StartupManifest (--startup-manifest).",
                exception);
        }
    }

    private async Task PutInForceAsync(string path, Func<Task<ImmutableSortedDictionary<string, ReadOnlyMemory<byte>>>> put)
    {
        ImmutableSortedDictionary<string, ReadOnlyMemory<byte>> secrets = ImmutableSortedDictionary<string, ReadOnlyMemory<byte>>.Empty;
        await RefusableAsync(path, async () => secrets = await put());
        if (!secrets.IsEmpty)
        {
            Log.RecoverySecretsKept(logger, RecoverySecretsPath);
        }
    }

    private static async Task RefusableAsync(string path, Func<Task> action)
    {
        try
        {
            await action();
        }
        catch (ManifestRefusedException exception)
        {
            throw new StartupManifestException($"Cannot set startup manifest '{path}': {exception.Message}", exception);
        }
    }

    private ImmutableArray<ManifestSignature> ReadSignatures()
    {
        if (options.Value.StartupManifestSignatures is not { Length: > 0 } path)
        {
            return [];
        }

        try
        {
            return ManifestSignatures.TryParse(
                RegularFile.Read(path, ManifestSignatures.MaxLength), out ImmutableArray<ManifestSignature> signatures, out string? fault)
                ? signatures
                : throw new StartupManifestException(
                    $"Cannot read the signatures '{path}': {fault} Let the owner sign the manifest (marblerun manifest sign).");
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new StartupManifestException(
                $"Cannot read the signatures '{path}': {exception.Message} Check Coordinator:StartupManifestSignatures.", exception);
        }
    }

    private string RecoverySecretsPath => Path.GetFullPath(Path.Combine(options.Value.SealDirectory, FileStateStore.RecoverySecretsName));

    /// <summary>
    /// No caller waits for an answer; but without the secrets the state could never be recovered. They are encrypted for their
    /// parties, and durable before the manifest is: there is no second time.
    /// </summary>
    private void Keep(ImmutableSortedDictionary<string, ReadOnlyMemory<byte>> secrets)
    {
        if (secrets.IsEmpty)
        {
            return;
        }

        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer))
        {
            RecoverySecretsWriter.Write(json, secrets);
        }

        files.WriteDurably(RecoverySecretsPath, buffer.WrittenSpan);
        files.FlushDirectory(Path.GetDirectoryName(RecoverySecretsPath)!);
    }

    private static partial class Log
    {
        [LoggerMessage(
            EventIds.StartupManifestInForce,
            LogLevel.Information,
            "The startup manifest '{Path}' is in force already.",
            EventName = "StartupManifestInForce")]
        public static partial void InForce(ILogger logger, string path);

        [LoggerMessage(
            EventIds.OtherManifestInForce,
            LogLevel.Warning,
            "The startup manifest '{Path}' was not set, since manifest {Fingerprint} is in force. To change it, send an update.",
            EventName = "OtherManifestInForce")]
        public static partial void OtherInForce(ILogger logger, string path, string fingerprint);

        [LoggerMessage(
            EventIds.StartupManifestLeft,
            LogLevel.Warning,
            "The startup manifest '{Path}' was not set, since there is state to be recovered. Upload the recovery secrets; or, to begin a "
            + "new mesh, remove the seal directory '{Directory}' or start with another one.",
            EventName = "StartupManifestLeft")]
        public static partial void LeftForRecovery(ILogger logger, string path, string directory);

        [LoggerMessage(
            EventIds.RecoverySecretsKept,
            LogLevel.Warning,
            "The recovery secrets of the startup manifest, each encrypted for its party, are in '{Path}'. Give them to the parties, and "
            + "keep a copy elsewhere.",
            EventName = "RecoverySecretsKept")]
        public static partial void RecoverySecretsKept(ILogger logger, string path);

        [LoggerMessage(
            EventIds.StartupManifestUpdated,
            LogLevel.Information,
            "The startup manifest '{Path}' replaced manifest {Fingerprint}: root and uploaded secrets stay. Start Marbles again that run: "
            + "they have certificates of before.",
            EventName = "StartupManifestUpdated")]
        public static partial void Updated(ILogger logger, string path, string fingerprint);
    }
}

/// <summary>The manifest that the start options name, or its signatures, cannot be set; the Coordinator does not start.</summary>
internal sealed class StartupManifestException : MarbleRunException
{
    public StartupManifestException(string message)
        : base(message)
    {
    }

    public StartupManifestException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
