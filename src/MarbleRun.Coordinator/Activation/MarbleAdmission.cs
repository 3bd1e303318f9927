using Grpc.Core;
using MarbleRun.Attestation;
using MarbleRun.Attestation.Claims;
using MarbleRun.Audit;
using MarbleRun.Coordinator.Audit;
using MarbleRun.Coordinator.Authority;
using MarbleRun.Coordinator.Diagnostics;
using MarbleRun.Coordinator.Limits;
using MarbleRun.Coordinator.State;
using MarbleRun.Manifests;
using Microsoft.Extensions.Options;

namespace MarbleRun.Coordinator.Activation;

/// <summary>Decides whether the manifest admits the caller: the type, its package, the evidence, for an activation the budget.</summary>
internal sealed partial class MarbleAdmission(
    VerificationGate verifications,
    IOptions<CoordinatorOptions> options,
    ActivationTelemetry telemetry,
    TimeProvider timeProvider,
    ILogger<MarbleAdmission> logger)
{
    /// <summary>The check of the machine against the manifest's Infrastructures, as verdicts name it.</summary>
    private const string InfrastructureCheck = "platform.infrastructure";

    /// <summary>The check of the quote's root, whose remedy distinguishes simulation and production.</summary>
    private const string RootCheck = "chain.root";
    private const string QuoteAction = "quote.verify";

    private readonly CoordinatorOptions _options = options.Value;
    private readonly UnknownCallerLimit _refusals = new(timeProvider);

    /// <summary>Decides about an activation.</summary>
    /// <exception cref="ActivationRefusedException">The manifest does not admit the Marble; the message contains the reason.</exception>
    public async ValueTask<(MarbleDefinition Marble, AttestedCode? Code)> AdmitAsync(
        CoordinatorState state, MeshManifest mesh, ActivationRequest request, CancellationToken cancellationToken)
    {
        (MarbleDefinition marble, PackageProperties[] packages) = Find(state, mesh, request.MarbleType);
        AttestedCode? code = null;
        if (request.Quote.IsEmpty && _options is { Simulation: true, RequireQuote: false })
        {
            Log.EmptyQuoteAdmitted(logger, LogText.Clean(request.MarbleType));
        }
        else
        {
            var proof = new MarbleProof(
                request.MarbleType, request.Quote, ReportData.ForCertificate(request.Certificate.Span), request.Caller);
            code = await VerifyAsync(proof, mesh, packages, cancellationToken);
        }

        ActivationBudget.ThrowIfSpent(state, request, marble, timeProvider.GetUtcNow());
        return (marble, code);
    }

    /// <summary>Decides about a renewal: always by evidence, and without the budget.</summary>
    /// <exception cref="ActivationRefusedException">The manifest does not admit the Marble; the message contains the reason.</exception>
    public async ValueTask<(MarbleDefinition Marble, AttestedCode? Code)> AdmitAgainAsync(
        CoordinatorState state, MeshManifest mesh, MarbleProof proof, CancellationToken cancellationToken)
    {
        (MarbleDefinition marble, PackageProperties[] packages) = Find(state, mesh, proof.MarbleType);
        return (marble, await VerifyAsync(proof, mesh, packages, cancellationToken));
    }

    /// <summary>The type, and the code that may be it: the package first, then the one that it replaces.</summary>
    private static (MarbleDefinition Marble, PackageProperties[] Packages) Find(
        CoordinatorState state, MeshManifest mesh, string marbleType)
    {
        if (!mesh.Manifest.Marbles.TryGetValue(marbleType, out MarbleDefinition? marble))
        {
            throw Refuse("unknown marble type requested", RejectionReason.MarbleType);
        }

        if (state.FindPackage(marble.Package) is not { } package)
        {
            throw Refuse($"undefined package \"{marble.Package}\"", RejectionReason.MarbleType);
        }

        return (marble, state.FindPackage(marble.PreviousPackage) is { } previous ? [package, previous] : [package]);
    }

    private async ValueTask<AttestedCode?> VerifyAsync(
        MarbleProof proof, MeshManifest mesh, PackageProperties[] packages, CancellationToken cancellationToken)
    {
        Verdict verdict = await VerifyAsync(proof, Expect(packages[0]), cancellationToken);
        telemetry.Verified(verdict);
        if (packages is [_, var previous] && verdict is { IsAccepted: false, Reason: VerdictReason.Policy })
        {
            // Only evidence that is genuine costs a second verification.
            Verdict other = await VerifyAsync(proof, Expect(previous), cancellationToken);
            telemetry.Verified(other);
            verdict = other.IsAccepted ? other : verdict;
        }

        if (!verdict.IsAccepted)
        {
            LogRefusal(proof.MarbleType, verdict);
            throw Refuse(
                Reason(verdict),
                FailsInfrastructure(verdict) ? RejectionReason.Infrastructure : RejectionReason.Quote,
                verdict.IsTransient ? StatusCode.Unavailable : StatusCode.PermissionDenied,
                verdict);
        }

        return AttestedCode.Of(verdict.Claims);

        QuoteExpectation Expect(PackageProperties package) => new()
        {
            ReportData = proof.ReportData,
            Package = package,
            Infrastructures = mesh.Infrastructures,
        };
    }

    /// <summary>A verdict has a kilobyte, and any caller can send evidence.</summary>
    private void LogRefusal(string marbleType, Verdict verdict)
    {
        if (!_refusals.TryTake(QuoteAction, AuditOutcome.Denied, certificateHash: null, out int omitted))
        {
            return;
        }

        if (omitted > 0)
        {
            Log.QuotesOmitted(logger, omitted);
        }

        Log.QuoteRefused(logger, LogText.Clean(marbleType), verdict);
    }

    private async ValueTask<Verdict> VerifyAsync(MarbleProof proof, QuoteExpectation expectation, CancellationToken cancellationToken)
    {
        try
        {
            return await verifications.VerifyAsync(proof.Quote, expectation, proof.Caller, cancellationToken);
        }
        catch (BusyException exception)
        {
            throw new ActivationRefusedException(StatusCode.Unavailable, exception.Message) { Reason = RejectionReason.Quote };
        }
    }

    /// <summary>
    /// The message for the Marble, which is not authenticated yet. The log contains the whole verdict; the message uses the texts of
    /// MarbleRun 1.9 for missing properties of the machine, and does not contain the sources in which the Coordinator searched for
    /// collateral.
    /// </summary>
    private static string Reason(Verdict verdict)
    {
        VerdictCheck? failed = FirstFailed(verdict);
        return FailsInfrastructure(verdict) ? "invalid infrastructure"
            : failed is { Code: RootCheck, Remedy: { } remedy } ? $"invalid quote: {verdict.Summary}. {remedy}"
            : verdict.Reason == VerdictReason.CollateralMissing
                ? $"invalid quote: {failed?.Code}: collateral missing: expected {failed?.Expected}"
            : $"invalid quote: {verdict.Summary}";
    }

    private static VerdictCheck? FirstFailed(Verdict verdict) =>
        verdict.Checks.FirstOrDefault(c => c.Outcome == VerdictCheckOutcome.Failed);

    private static bool FailsInfrastructure(Verdict verdict) => FirstFailed(verdict)?.Code == InfrastructureCheck;

    private static ActivationRefusedException Refuse(
        string message,
        RejectionReason reason,
        StatusCode statusCode = StatusCode.PermissionDenied,
        Verdict? verdict = null) =>
        new(statusCode, $"marble verification failed: {message}") { Reason = reason, Verdict = verdict };

    private static partial class Log
    {
        [LoggerMessage(
            EventIds.EmptyQuoteAdmitted,
            LogLevel.Warning,
            "A Marble of type '{MarbleType}' without a quote was admitted, because this Coordinator runs in simulation. Set "
            + "Coordinator:RequireQuote to refuse it.",
            EventName = "EmptyQuoteAdmitted")]
        public static partial void EmptyQuoteAdmitted(ILogger logger, string marbleType);

        [LoggerMessage(
            EventIds.QuoteRefused,
            LogLevel.Warning,
            "The quote of a Marble of type '{MarbleType}' was refused. {Verdict}",
            EventName = "QuoteRefused")]
        public static partial void QuoteRefused(ILogger logger, string marbleType, Verdict verdict);

        [LoggerMessage(
            EventIds.QuoteRefusalsOmitted,
            LogLevel.Warning,
            "{Count} more quotes were refused; their verdicts were omitted to limit the log.",
            EventName = "QuoteRefusalsOmitted")]
        public static partial void QuotesOmitted(ILogger logger, int count);
    }
}

/// <summary>The evidence of a Marble.</summary>
/// <param name="MarbleType">The type that it is to be.</param>
/// <param name="Quote">The evidence.</param>
/// <param name="ReportData">What the evidence must be bound to.</param>
/// <param name="Caller">The caller, for limits.</param>
internal sealed record MarbleProof(string MarbleType, Quote Quote, ReportData ReportData, Caller Caller);
