using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Grpc.Core;
using MarbleRun.Attestation;
using MarbleRun.Attestation.Claims;
using MarbleRun.Attestation.Evidence;
using MarbleRun.Coordinator.Activation;
using MarbleRun.Coordinator.Audit;
using MarbleRun.Coordinator.Authority;
using MarbleRun.Coordinator.Diagnostics;
using MarbleRun.Coordinator.Identities;
using MarbleRun.Coordinator.Limits;
using MarbleRun.Coordinator.State;
using MarbleRun.Identity;
using MarbleRun.Manifests;

namespace MarbleRun.Coordinator.Renewal;

/// <summary>
/// Renews the certificate of a Marble that proves again which code it is. The manifest in force decides, as at an activation; no budget is
/// used, and the key is the Marble's own.
/// </summary>
internal sealed partial class RenewalService(
    CurrentState current,
    RenewalChallenge challenges,
    RenewalQueue queue,
    RenewalPace pace,
    MarbleAdmission admission,
    MarbleIssuer issuer,
    ParameterRefresh parameters,
    MarbleRegistry identities,
    Decisions decisions,
    AuditLog audit,
    RefusedAttempts refusedAttempts,
    RenewalMetrics metrics,
    TimeProvider timeProvider,
    ILogger<RenewalService> logger)
{
    private const string Action = "marble.renew";

    private DateTimeOffset Now => timeProvider.GetUtcNow();

    /// <summary>The challenge for the caller, and the manifest that its evidence must name.</summary>
    /// <exception cref="RenewalRefusedException">The caller is not a Marble of this mesh.</exception>
    public (byte[] Challenge, MeshManifest Manifest) Challenge(X509Certificate2? certificate)
    {
        CoordinatorState state = current.Value;
        try
        {
            MeshManifest mesh = RequireManifest(state);
            Recognise(state, certificate);
            return (challenges.Create(certificate!.RawDataMemory.Span), mesh);
        }
        catch (RenewalRefusedException exception)
        {
            // A Marble that is refused here does not come to RenewAsync.
            refusedAttempts.Add(
                new RefusedAttempt(Action, MetricLabel.Unknown, exception.Reason, exception.Message, verdict: null)
                {
                    CertificateHash = AuditActor.Of(certificate).CertificateHash,
                });
            throw;
        }
    }

    /// <summary>The Marble of a certificate.</summary>
    /// <exception cref="RenewalRefusedException">The caller is not a Marble of this mesh.</exception>
    public MarblePeer Recognise(CoordinatorState state, X509Certificate2? certificate)
    {
        string? fault = "the connection has no client certificate";
        if (certificate is null || identities.Recognise(state, certificate, out fault) is not { } marble)
        {
            throw new RenewalRefusedException(
                StatusCode.Unauthenticated, $"the caller is not a Marble of this mesh: {fault}", "certificate");
        }

        return marble;
    }

    /// <summary>Renews.</summary>
    /// <exception cref="RenewalRefusedException">The Marble keeps its certificate; code and message contain the reason.</exception>
    public async Task<RenewedCertificate> RenewAsync(RenewalRequest request, CancellationToken cancellationToken)
    {
        CoordinatorState state = current.Value;
        string marbleType = MetricLabel.Unknown;
        string outcome = "success";
        try
        {
            MarblePeer marble = Recognise(state, request.Certificate);
            marbleType = state.Manifest?.Manifest.Marbles.ContainsKey(marble.MarbleType) == true ? marble.MarbleType : marbleType;
            if (!challenges.IsValid(request.Challenge.Span, request.Certificate!.RawDataMemory.Span))
            {
                throw new RenewalRefusedException(
                    StatusCode.FailedPrecondition,
                    "the challenge is not one for this certificate, or it has ended; ask for another one",
                    "challenge");
            }

            return await RenewInTurnAsync(marble, request, cancellationToken);
        }
        catch (ActivationRefusedException exception)
        {
            outcome = exception.Reason.ToLabel();
            var attempt = new RefusedAttempt(Action, marbleType, outcome, exception.Message, exception.Verdict);
            await RefuseAsync(marbleType, request, exception.StatusCode, attempt);
            throw new RenewalRefusedException(exception.StatusCode, exception.Message, outcome, exception);
        }
        catch (RenewalRefusedException exception)
        {
            outcome = exception.Reason;
            if (exception.RetryAfter is null)
            {
                var attempt = new RefusedAttempt(Action, marbleType, outcome, exception.Message, verdict: null);
                await RefuseAsync(marbleType, request, exception.StatusCode, attempt);
            }

            throw;
        }
        catch (Exception exception)
        {
            outcome = exception is OperationCanceledException ? "cancelled" : "internal";
            throw;
        }
        finally
        {
            metrics.Finished(marbleType, outcome);
        }
    }

    private async Task<RenewedCertificate> RenewInTurnAsync(
        MarblePeer marble, RenewalRequest request, CancellationToken cancellationToken)
    {
        if (pace.TryBegin(marble.MarbleType, marble.Id, Now) is { } wait)
        {
            throw Postpone(wait, "this Marble renews already, or has renewed often; try again later", "pace");
        }

        bool isRenewed = false;
        try
        {
            if (await queue.EnterAsync(new DateTimeOffset(request.Certificate!.NotAfter), Now, cancellationToken) is { } later)
            {
                throw Postpone(later, "Marbles whose certificates end earlier are renewed first; try again later", "busy");
            }

            try
            {
                RenewedCertificate renewed = await RenewAsync(marble, request, cancellationToken);
                isRenewed = true;
                return renewed;
            }
            finally
            {
                queue.Leave();
            }
        }
        finally
        {
            pace.End(marble.MarbleType, marble.Id, isRenewed);
        }
    }

    private static RenewalRefusedException Postpone(TimeSpan later, string message, string reason) =>
        new(StatusCode.Unavailable, message, reason) { RetryAfter = later };

    private async Task<RenewedCertificate> RenewAsync(MarblePeer marble, RenewalRequest request, CancellationToken cancellationToken)
    {
        // The state of now: the turn may have come after an update.
        CoordinatorState state = current.Value;
        MeshManifest mesh = RequireManifest(state);
        Recognise(state, request.Certificate);
        (CertificateNames names, PublicKey key) = ReadRequest(request.Csr.Span);
        if (!EvidenceWrapper.TryUnwrap(request.Evidence.Span, out Quote? quote, out string? fault))
        {
            throw new RenewalRefusedException(StatusCode.InvalidArgument, $"the evidence cannot be read: {fault}", "quote");
        }

        var proof = new MarbleProof(
            marble.MarbleType, quote, Bind(state, mesh, request.Challenge, key), request.Caller);
        (MarbleDefinition definition, AttestedCode? code) = await admission.AdmitAgainAsync(state, mesh, proof, cancellationToken);
        if (AllowedNames.FindForbidden(names, definition.AllowedDnsNames) is { } forbidden)
        {
            throw new RenewalRefusedException(
                StatusCode.PermissionDenied, $"the manifest does not allow {forbidden} for this Marble type", "names");
        }

        RevocationGate.ThrowIfRevoked(state, marble.Id, marble.MarbleType, code);
        var subject = new MarbleSubject(marble.Id, marble.MarbleType, names, state.TrustDomain, code);
        MarbleLeaf issued = Issue(state.Authority, subject, key);
        cancellationToken.ThrowIfCancellationRequested();

        // From here on the renewal counts, even if the caller leaves: it could ask for the work again and again.
        RefreshedParameters? refreshed = request.KnownParameters is { } version
            ? parameters.Find(state, mesh, marble.Id, marble.MarbleType, version.Span)
            : null;

        // Listed first, so that a revocation that comes in force at the same time either finds the certificate or refuses it.
        KnownMarble known = identities.Record(issued);
        try
        {
            await decisions.RecordAsync(Decision.Of(
                Action,
                AuditActor.Of(request.Certificate),
                [
                    .. known.Describe(),
                    .. refreshed is { Fault: null } ? [("parameters", "sent")] : Array.Empty<(string, string)>(),
                ]));
            if (!current.Value.HasSameMesh(state))
            {
                throw new RenewalRefusedException(
                    StatusCode.Aborted, "the manifest was changed during the renewal; renew again", "manifest_changed");
            }

            Recognise(current.Value, request.Certificate);
            RevocationGate.ThrowIfRevoked(current.Value, marble.Id, marble.MarbleType, code);
        }
        catch
        {
            identities.Forget(known.Certificate);
            throw;
        }

        Log.Renewed(logger, LogText.Clean(marble.MarbleType), marble.Id, state.Generation);
        if (refreshed is { Fault: { } reason })
        {
            Log.ParametersNotRendered(logger, LogText.Clean(marble.MarbleType), marble.Id, LogText.Clean(reason));
        }

        return new RenewedCertificate(issued.Certificate.Der, state.Authority, refreshed);
    }

    private static ReportData Bind(CoordinatorState state, MeshManifest mesh, ReadOnlyMemory<byte> challenge, PublicKey key) =>
        new AttestationBinding
        {
            Purpose = AttestationBinding.MarbleRenewal,
            Role = AttestationBinding.MarbleRole,
            Nonce = challenge,
            KeyHash = SHA256.HashData(key.ExportSubjectPublicKeyInfo()),
            RootHash = state.Authority.RootHash,
            ManifestHash = Convert.FromHexString(mesh.Fingerprint),
        }.ToReportData();

    private static (CertificateNames Names, PublicKey Key) ReadRequest(ReadOnlySpan<byte> csr)
    {
        try
        {
            return MarbleCsr.Read(csr);
        }
        catch (CsrException exception)
        {
            throw new RenewalRefusedException(StatusCode.InvalidArgument, exception.Message, "csr", exception);
        }
    }

    private MarbleLeaf Issue(MeshAuthority authority, MarbleSubject subject, PublicKey key)
    {
        try
        {
            return issuer.Renew(authority, subject, key);
        }
        catch (CryptographicException exception)
        {
            throw new RenewalRefusedException(StatusCode.Internal, exception.Message, "csr", exception);
        }
    }

    private static MeshManifest RequireManifest(CoordinatorState state) => state.Manifest
        ?? throw new RenewalRefusedException(StatusCode.FailedPrecondition, "cannot renew marbles in current state", "phase");

    private async Task RefuseAsync(string marbleType, RenewalRequest request, StatusCode code, RefusedAttempt attempt)
    {
        var caller = AuditActor.Of(request.Certificate);
        Log.Refused(logger, LogText.Clean(marbleType), code, attempt.Message);
        refusedAttempts.Add(attempt with { CertificateHash = caller.CertificateHash });
        await audit.RecordUnknownCallerAsync(Action, caller, $"{LogText.Clean(marbleType)}: {attempt.Message}");
    }

    private static partial class Log
    {
        [LoggerMessage(
            EventIds.MarbleRenewed,
            LogLevel.Information,
            "Renewed the certificate of a Marble: type '{MarbleType}', UUID {Uuid}, under the state of generation {Generation}.",
            EventName = "MarbleRenewed")]
        public static partial void Renewed(ILogger logger, string marbleType, Guid uuid, ulong generation);

        [LoggerMessage(
            EventIds.ParametersNotRendered,
            LogLevel.Warning,
            "A Marble of type '{MarbleType}', UUID {Uuid}, got a new certificate, and keeps its parameters, because the new ones cannot be "
            + "rendered: {Reason}",
            EventName = "ParametersNotRendered")]
        public static partial void ParametersNotRendered(ILogger logger, string marbleType, Guid uuid, string reason);

        [LoggerMessage(
            EventIds.RenewalRefused,
            LogLevel.Warning,
            "A renewal of Marble type '{MarbleType}' was refused with {StatusCode}: {Reason}",
            EventName = "RenewalRefused")]
        public static partial void Refused(ILogger logger, string marbleType, StatusCode statusCode, string reason);
    }
}

/// <summary>The data of a renewal. Only the possession of the certificate's key is verified.</summary>
/// <param name="Certificate">The certificate of the connection, or null.</param>
/// <param name="Challenge">What the Coordinator sent.</param>
/// <param name="Evidence">A record of the Conceptual Message Wrapper, CBOR.</param>
/// <param name="Csr">PKCS#10, DER.</param>
/// <param name="Caller">The caller, for limits.</param>
internal sealed record RenewalRequest(
    X509Certificate2? Certificate,
    ReadOnlyMemory<byte> Challenge,
    ReadOnlyMemory<byte> Evidence,
    ReadOnlyMemory<byte> Csr,
    Caller Caller)
{
    /// <summary>The version of the parameters that the Marble has, empty for none; null if it wants no parameters.</summary>
    public ReadOnlyMemory<byte>? KnownParameters { get; init; }
}

/// <summary>A new certificate.</summary>
/// <param name="Certificate">The leaf, DER.</param>
/// <param name="Authority">The authority that issued it.</param>
/// <param name="Parameters">Parameters that the Marble does not have; null if it has them or wants none.</param>
internal sealed record RenewedCertificate(byte[] Certificate, MeshAuthority Authority, RefreshedParameters? Parameters);

/// <summary>A refused renewal; code and message go to the Marble, which keeps its certificate.</summary>
internal sealed class RenewalRefusedException(StatusCode statusCode, string message, string reason, Exception? innerException = null)
    : Exception(message, innerException)
{
    public StatusCode StatusCode => statusCode;

    /// <summary>The reason for metrics.</summary>
    public string Reason => reason;

    /// <summary>When to come again; null if that does not help.</summary>
    public TimeSpan? RetryAfter { get; init; }
}
