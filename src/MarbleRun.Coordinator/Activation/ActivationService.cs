using System.Collections.Immutable;
using System.Security.Cryptography;
using Grpc.Core;
using MarbleRun.Attestation;
using MarbleRun.Audit;
using MarbleRun.Coordinator.Audit;
using MarbleRun.Coordinator.Authority;
using MarbleRun.Coordinator.Diagnostics;
using MarbleRun.Coordinator.Identities;
using MarbleRun.Coordinator.Limits;
using MarbleRun.Coordinator.Secrets;
using MarbleRun.Coordinator.State;
using MarbleRun.Coordinator.State.Changes;
using MarbleRun.Coordinator.State.Stores;
using MarbleRun.Identity;
using MarbleRun.Manifests;
using MarbleRun.Manifests.Templates;

namespace MarbleRun.Coordinator.Activation;

/// <summary>
/// Activates a Marble: admission, identity, parameters. Everything is read from one snapshot, without waiting for other requests, except
/// that the single writer counts a limited budget at the end.
/// </summary>
internal sealed partial class ActivationService(
    CurrentState current,
    StateFreshness freshness,
    MarbleAdmission admission,
    MarbleIssuer issuer,
    ParameterRenderer renderer,
    ParameterRefresh refresh,
    MarbleRegistry identities,
    Decisions decisions,
    AuditLog audit,
    RefusedAttempts refusedAttempts,
    Replica replica,
    ActivationTelemetry telemetry,
    TimeProvider timeProvider,
    ILogger<ActivationService> logger)
{
    private const string Action = "marble.activate";
    private const int MaxAttempts = 3;
    private const string IdentityPrefix = "generating marble authentication secrets: ";

    private readonly UnknownCallerLimit _refusals = new(timeProvider);

    /// <exception cref="ActivationRefusedException">The Marble gets nothing; code and message contain the reason.</exception>
    public async Task<ActivationResult> ActivateAsync(ActivationRequest request, CancellationToken cancellationToken)
    {
        await freshness.RequireNewestAsync(
            older => older.Manifest?.Manifest.Marbles.GetValueOrDefault(request.MarbleType) is { MaxActivations: 0 }, cancellationToken);
        CoordinatorState state = current.Value;
        string? knownType = state.Manifest?.Manifest.Marbles.ContainsKey(request.MarbleType) == true ? request.MarbleType : null;
        using ActivationObservation observation = telemetry.Begin(knownType);
        try
        {
            PreparedActivation prepared = await PrepareAsync(state, request, cancellationToken);
            for (int attempt = 1; !IsInForce(state); attempt++)
            {
                // An update was made in the meantime: the Marble would start with a certificate that is no longer accepted, or may not join
                // at all.
                state = attempt < MaxAttempts ? current.Value : throw Changed();
                prepared = await PrepareAsync(state, request, cancellationToken);
            }

            cancellationToken.ThrowIfCancellationRequested();
            // From here on the activation is counted, even if the caller leaves.
            await CompleteAsync(state, request, prepared);
            observation.Succeeded(prepared.Uuid, request.Quote);
            Log.Activated(logger, LogText.Clean(request.MarbleType), prepared.Uuid, state.Generation);
            return prepared.Result;
        }
        catch (ActivationRefusedException exception)
        {
            // The type is text from an unauthenticated caller until the manifest names it.
            string marbleType = LogText.Clean(knownType ?? MetricLabel.Unknown);
            observation.Reason = exception.Reason;
            var caller = AuditActor.Of(request.Certificate.Span);
            LogRefusal(marbleType, caller, exception);
            refusedAttempts.Add(new RefusedAttempt(
                Action, marbleType, exception.Reason.ToLabel(), exception.Message, exception.Verdict)
            {
                CertificateHash = caller.CertificateHash,
            });
            await audit.RecordUnknownCallerAsync(Action, caller, $"{marbleType}: {exception.Message}");
            throw;
        }
        catch (AuditException)
        {
            observation.Reason = RejectionReason.Audit;
            throw;
        }
        catch (StateStoreException)
        {
            observation.Reason = RejectionReason.Store;
            throw;
        }
        catch (OperationCanceledException)
        {
            observation.Reason = RejectionReason.Cancelled;
            throw;
        }
    }

    /// <summary>
    /// A refusal has a kilobyte of reasons, and any caller can cause it: the log has as many of them as the audit trail. The metric counts
    /// all.
    /// </summary>
    private void LogRefusal(string marbleType, AuditActor caller, ActivationRefusedException refusal)
    {
        if (!_refusals.TryTake(Action, AuditOutcome.Denied, caller.CertificateHash, out int omitted))
        {
            return;
        }

        if (omitted > 0)
        {
            Log.RefusalsOmitted(logger, omitted);
        }

        Log.Refused(logger, marbleType, refusal.StatusCode, LogText.Clean(refusal.Message));
    }

    /// <summary>Records and counts the activation; the identity is listed before the last look at the revocations, so that one that comes
    /// in force at the same time either finds it or refuses it.</summary>
    private async Task CompleteAsync(CoordinatorState state, ActivationRequest request, PreparedActivation prepared)
    {
        KnownMarble known = identities.Record(prepared.Issued);
        try
        {
            var decision = Decision.Of(Action, AuditActor.Of(request.Certificate.Span), known.Describe());
            await (prepared.Marble.MaxActivations == 0
                ? decisions.RecordAsync(decision)
                : decisions.MakeAsync(
                    decision, newest => ActivationBudget.Consume(
                        newest, state, request, prepared.Marble, timeProvider.GetUtcNow(), isRepeatable: replica.IsOneOfSeveral)));
            RevocationGate.ThrowIfRevoked(current.Value, prepared.Uuid, request.MarbleType, prepared.Code);
        }
        catch
        {
            identities.Forget(known.Certificate);
            throw;
        }
    }

    private async Task<PreparedActivation> PrepareAsync(
        CoordinatorState state, ActivationRequest request, CancellationToken cancellationToken)
    {
        MeshManifest mesh = state.Manifest
            ?? throw new ActivationRefusedException(StatusCode.FailedPrecondition, "cannot accept marbles in current state")
            {
                Reason = RejectionReason.Phase,
            };
        if (request.Certificate.IsEmpty)
        {
            throw new ActivationRefusedException(StatusCode.Unauthenticated, "couldn't get marble TLS certificate")
            {
                Reason = RejectionReason.Certificate,
            };
        }

        (MarbleDefinition marble, AttestedCode? code) = await admission.AdmitAsync(state, mesh, request, cancellationToken);
        Guid uuid = RequestedUuid.TryParse(request.Uuid, out Guid parsed, out string? error)
            ? parsed
            : throw new ActivationRefusedException(StatusCode.InvalidArgument, $"invalid UUID: {error}") { Reason = RejectionReason.Uuid };
        RevocationGate.ThrowIfRevoked(state, uuid, request.MarbleType, code);
        using IssuedIdentity identity = Issue(state, uuid, marble, code, request);
        ActivationResult result = Render(state, mesh, uuid, request.MarbleType, identity, cancellationToken);
        if (request.Renews)
        {
            result = result with { Version = refresh.FindVersion(state, mesh, uuid, request.MarbleType, cancellationToken) };
        }

        return new PreparedActivation(uuid, marble, code, identity.Marble, result);
    }

    private bool IsInForce(CoordinatorState state) => current.Value.HasSameMesh(state);

    private static ActivationRefusedException Changed() =>
        new(StatusCode.Aborted, "the manifest was changed during the activation; activate again")
        {
            Reason = RejectionReason.ManifestChanged,
        };

    private IssuedIdentity Issue(
        CoordinatorState state, Guid uuid, MarbleDefinition marble, AttestedCode? code, ActivationRequest request)
    {
        try
        {
            CertificateNames names = MarbleCsr.ReadNames(request.Csr.Span, request.Certificate);
            return AllowedNames.FindForbidden(names, marble.AllowedDnsNames) is { } forbidden
                ? throw new ActivationRefusedException(
                    StatusCode.PermissionDenied, $"{IdentityPrefix}the manifest does not allow {forbidden} for this Marble type")
                {
                    Reason = RejectionReason.Names,
                }
                : issuer.Issue(
                    state.Authority, new MarbleSubject(uuid, request.MarbleType, names, state.TrustDomain, code), request.Renews);
        }
        catch (Exception exception) when (exception is CsrException or CryptographicException)
        {
            throw new ActivationRefusedException(StatusCode.Internal, IdentityPrefix + exception.Message, exception)
            {
                Reason = RejectionReason.Csr,
            };
        }
    }

    private ActivationResult Render(
        CoordinatorState state,
        MeshManifest mesh,
        Guid uuid,
        string marbleType,
        IssuedIdentity identity,
        CancellationToken cancellationToken)
    {
        try
        {
            return renderer.Render(state, mesh, uuid, marbleType, identity, cancellationToken);
        }
        catch (Exception exception) when (exception is TemplateException or SecretException)
        {
            throw new ActivationRefusedException(StatusCode.Internal, $"customizing marble parameters: {exception.Message}", exception)
            {
                Reason = RejectionReason.Parameters,
            };
        }
    }

    /// <summary>Everything that an activation needs besides its record.</summary>
    private sealed record PreparedActivation(
        Guid Uuid, MarbleDefinition Marble, AttestedCode? Code, MarbleLeaf Issued, ActivationResult Result);

    private static partial class Log
    {
        [LoggerMessage(
            EventIds.MarbleActivated,
            LogLevel.Information,
            "Successfully activated new Marble: type '{MarbleType}', UUID {Uuid}, under the state of generation {Generation}.",
            EventName = "MarbleActivated")]
        public static partial void Activated(ILogger logger, string marbleType, Guid uuid, ulong generation);

        [LoggerMessage(
            EventIds.ActivationRefused,
            LogLevel.Warning,
            "An activation of Marble type '{MarbleType}' was refused with {StatusCode}: {Reason}",
            EventName = "ActivationRefused")]
        public static partial void Refused(ILogger logger, string marbleType, StatusCode statusCode, string reason);

        [LoggerMessage(
            EventIds.ActivationRefusalsOmitted,
            LogLevel.Warning,
            "{Count} more activations were refused; their events were omitted to limit the log.",
            EventName = "ActivationRefusalsOmitted")]
        public static partial void RefusalsOmitted(ILogger logger, int count);
    }
}

/// <summary>The data that a Marble sent. Only its possession of the certificate's key is verified.</summary>
/// <param name="Certificate">The TLS client certificate, DER.</param>
/// <param name="Quote">The evidence; may be empty.</param>
/// <param name="Csr">PKCS#10, DER.</param>
/// <param name="MarbleType">The requested type.</param>
/// <param name="Uuid">The instance that the Marble claims to be.</param>
internal sealed record ActivationRequest(
    ReadOnlyMemory<byte> Certificate, Quote Quote, ReadOnlyMemory<byte> Csr, string MarbleType, string Uuid)
{
    /// <summary>Whether the Marble renews its certificate.</summary>
    public bool Renews { get; init; }

    /// <summary>The caller, for limits.</summary>
    public required Caller Caller { get; init; }
}

/// <summary>The data that a Marble gets. It contains the Marble's key and secrets: never log it.</summary>
internal sealed record ActivationResult
{
    public required Dictionary<string, ReadOnlyMemory<byte>> Files { get; init; }

    public required Dictionary<string, ReadOnlyMemory<byte>> Environment { get; init; }

    public required ImmutableArray<string> Arguments { get; init; }

    /// <summary>Whether the environment has a TTLS policy of the Coordinator's, which contains the Marble's key.</summary>
    public bool HasTlsPolicy { get; init; }

    /// <summary>What a renewal compares; empty for a Marble that does not renew.</summary>
    public byte[] Version { get; init; } = [];

    public override string ToString() => $"parameters ({Files.Count} files, {Environment.Count} variables, {Arguments.Length} arguments)";
}

/// <summary>Reads the UUID of an activation request, with the error texts of MarbleRun 1.9.</summary>
internal static class RequestedUuid
{
    private const int UrnLength = 45;

    private const int UrnPrefixLength = 9;

    /// <param name="text">One of the forms of <see cref="MarbleUuid.TryParse"/>.</param>
    /// <param name="uuid">The UUID; never the zero UUID.</param>
    /// <param name="error">The reason of a refusal; null on success.</param>
    public static bool TryParse(string text, out Guid uuid, out string? error)
    {
        error = MarbleUuid.TryParse(text, out uuid)
            // In MarbleRun 1.9 the zero UUID requests new shared secrets, which has no use.
            ? uuid == Guid.Empty ? "the zero UUID names no Marble" : null
            : text.Length switch
            {
                32 or 36 or 38 => "invalid UUID format",
                UrnLength when text.StartsWith(MarbleUuid.UrnPrefix, StringComparison.OrdinalIgnoreCase) => "invalid UUID format",
                UrnLength => $"invalid urn prefix: \"{new string([.. text[..UrnPrefixLength].Select(c => char.IsControl(c) ? '?' : c)])}\"",
                _ => $"invalid UUID length: {text.Length}",
            };
        return error is null;
    }
}
