using System.Collections.Immutable;
using System.Security.Cryptography;
using MarbleRun.Coordinator.Audit;
using MarbleRun.Coordinator.Diagnostics;
using MarbleRun.Coordinator.State;
using MarbleRun.Coordinator.Users;
using MarbleRun.Manifests;
using MarbleRun.Manifests.Templates;

namespace MarbleRun.Coordinator.Secrets;

/// <summary>Reads and writes secrets for users: all that is asked for, or nothing.</summary>
internal sealed partial class SecretService(
    Decisions decisions, AuditLog audit, TimeProvider timeProvider, ILogger<SecretService> logger)
{
    /// <summary>64 MiB of values together: they are kept in memory, and every commit seals them.</summary>
    private const long MaxTotal = 64 * 1024 * 1024;

    private const string ReadAction = "secrets.read";
    private const string WriteAction = "secrets.write";

    /// <summary>The secrets by name.</summary>
    /// <exception cref="SecretException">The user may not read all of them.</exception>
    public async Task<SortedDictionary<string, TemplateSecret>> ReadAsync(
        CoordinatorState state, MeshUser user, IReadOnlyList<string> names)
    {
        if (!user.May(RoleActions.ReadSecret, names))
        {
            await audit.RecordRefusalAsync(ReadAction, AuditActor.Of(user), ("secrets", string.Join(", ", names)));
            throw new SecretException($"user {user.Name} is not allowed to read one or more secrets of: [{string.Join(' ', names)}]");
        }

        await decisions.RecordAsync(Decision.About(ReadAction, AuditActor.Of(user), "secrets", names));
        var secrets = new SortedDictionary<string, TemplateSecret>(StringComparer.Ordinal);
        foreach (string name in names)
        {
            secrets[name] = SecretResolver.ToTemplateSecret(state.Manifest!.Manifest.Secrets[name], state.Secrets[name]);
        }

        return secrets;
    }

    /// <summary>Puts uploaded values in force, durably.</summary>
    /// <exception cref="SecretException">One is refused, so none is taken.</exception>
    public async Task WriteAsync(
        CoordinatorState state, MeshUser user, IReadOnlyDictionary<string, UploadedSecret> uploads, CancellationToken cancellationToken)
    {
        ImmutableSortedDictionary<string, StoredSecret> values;
        try
        {
            values = Check(state.Manifest!, user, uploads, cancellationToken);
        }
        catch (SecretException exception)
        {
            await audit.RecordRefusalAsync(WriteAction, AuditActor.Of(user), ("reason", exception.Message));
            throw;
        }

        cancellationToken.ThrowIfCancellationRequested();
        await CommitAsync(state.Manifest!, user, values);
    }

    /// <summary>The change is made even if the caller has gone, and must be logged.</summary>
    private async Task CommitAsync(MeshManifest mesh, MeshUser user, ImmutableSortedDictionary<string, StoredSecret> values)
    {
        Dictionary<string, string?> faults = values.ToDictionary(
            v => v.Key, v => UploadedKeyCheck.FindFault(mesh.Manifest.Secrets[v.Key], v.Value));
        DateTimeOffset now = timeProvider.GetUtcNow();
        string[] lines = [.. values.Keys.Select(name => UpdateLogEntry.SecretSet(now, user.Name, name, mesh.Manifest.Secrets[name].Type))];
        await decisions.MakeAsync(
            Decision.About(WriteAction, AuditActor.Of(user), "secrets", values.Keys), newest => Apply(newest, mesh, values), lines);
        foreach (string name in values.Keys)
        {
            Log.SecretSet(logger, LogText.Clean(user.Name), LogText.Clean(name), mesh.Manifest.Secrets[name].Type);
            if (faults[name] is { } fault)
            {
                Log.SecretDoubtful(logger, LogText.Clean(name), fault);
            }
        }
    }

    private static ImmutableSortedDictionary<string, StoredSecret> Check(
        MeshManifest mesh, MeshUser user, IReadOnlyDictionary<string, UploadedSecret> uploads, CancellationToken cancellationToken)
    {
        ImmutableSortedDictionary<string, StoredSecret> values = Parse(mesh.Manifest, uploads);
        if (values.Keys.FirstOrDefault(name => !user.May(RoleActions.WriteSecret, name)) is { } forbidden)
        {
            throw new SecretException($"user {user.Name} is not allowed to update secret: {forbidden}");
        }

        TryTemplates(mesh, values, cancellationToken);
        return values;
    }

    private static ImmutableSortedDictionary<string, StoredSecret> Parse(
        Manifest manifest, IReadOnlyDictionary<string, UploadedSecret> uploads)
    {
        try
        {
            return SecretUpload.Check(manifest, uploads);
        }
        catch (SecretException exception)
        {
            throw new SecretException($"parsing new secrets: {exception.Message}", exception);
        }
    }

    private static void TryTemplates(
        MeshManifest mesh, ImmutableSortedDictionary<string, StoredSecret> values, CancellationToken cancellationToken)
    {
        try
        {
            SecretResolver.TryTemplates(
                mesh, mesh.Plans.Where(plan => values.Keys.Any(plan.Value.Secrets.Contains)), values, cancellationToken);
        }
        catch (TemplateException exception)
        {
            throw new SecretException($"running manifest template dry run: {exception.Message}", exception);
        }
    }

    private static CoordinatorState Apply(CoordinatorState state, MeshManifest mesh, ImmutableSortedDictionary<string, StoredSecret> values)
    {
        if (!ReferenceEquals(state.Manifest, mesh))
        {
            throw new SecretException("the manifest was changed during the upload; upload again");
        }

        // A repeated upload changes nothing: the previous value stays.
        IEnumerable<KeyValuePair<string, StoredSecret>> replaced =
            values.Where(v => !HaveSameValue(v.Value, state.Secrets[v.Key])).Select(v => KeyValuePair.Create(v.Key, state.Secrets[v.Key]));
        ImmutableSortedDictionary<string, StoredSecret> secrets = state.Secrets.SetItems(values);
        return secrets.Values.Sum(LengthOf) <= MaxTotal
            ? state with { Secrets = secrets, PreviousSecrets = state.PreviousSecrets.SetItems(replaced) }
            : throw new SecretException($"with the new values all secrets are longer than {MaxTotal} bytes together");
    }

    private static bool HaveSameValue(StoredSecret left, StoredSecret right) =>
        CryptographicOperations.FixedTimeEquals(left.Private.Span, right.Private.Span)
        && left.Certificate.Span.SequenceEqual(right.Certificate.Span);

    private static long LengthOf(StoredSecret secret) => (long)secret.Private.Length + secret.Public.Length + secret.Certificate.Length;

    private static partial class Log
    {
        [LoggerMessage(
            EventIds.SecretSet,
            LogLevel.Information,
            "Secret set: user '{User}', secret '{Secret}', type {Type}.",
            EventName = "SecretSet")]
        public static partial void SecretSet(ILogger logger, string user, string secret, string type);

        [LoggerMessage(
            EventIds.SecretDoubtful,
            LogLevel.Warning,
            "Secret '{Secret}' was set, but {Fault}. Marbles that use it may fail.",
            EventName = "SecretDoubtful")]
        public static partial void SecretDoubtful(ILogger logger, string secret, string fault);
    }
}
