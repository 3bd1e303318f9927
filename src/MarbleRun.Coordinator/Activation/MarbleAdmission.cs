using Grpc.Core;
using MarbleRun.Attestation;
using MarbleRun.Attestation.Claims;
using MarbleRun.Coordinator.Diagnostics;
using MarbleRun.Coordinator.Limits;
using MarbleRun.Coordinator.State;
using MarbleRun.Manifests;
using Microsoft.Extensions.Options;

namespace MarbleRun.Coordinator.Activation;

/// <summary>Decides whether the manifest admits the caller: the type, its package, the quote over the certificate of this connection, the
/// budget.</summary>
internal sealed partial class MarbleAdmission(
    VerificationGate verifications, IOptions<CoordinatorOptions> options, ActivationTelemetry telemetry, ILogger<MarbleAdmission> logger)
{
    /// <summary>The check of the machine against the manifest's Infrastructures, as verdicts name it.</summary>
    private const string InfrastructureCheck = "platform.infrastructure";

    /// <summary>The check of the quote's root, whose remedy distinguishes simulation and production.</summary>
    private const string RootCheck = "chain.root";

    private readonly CoordinatorOptions _options = options.Value;

    /// <exception cref="ActivationRefusedException">The manifest does not admit the Marble; the message contains the reason.</exception>
    public async ValueTask<MarbleDefinition> AdmitAsync(
        CoordinatorState state, MeshManifest mesh, ActivationRequest request, CancellationToken cancellationToken)
    {
        if (!mesh.Manifest.Marbles.TryGetValue(request.MarbleType, out MarbleDefinition? marble))
        {
            throw Refuse("unknown marble type requested", RejectionReason.MarbleType);
        }

        if (state.FindPackage(marble.Package) is not { } package)
        {
            throw Refuse($"undefined package \"{marble.Package}\"", RejectionReason.MarbleType);
        }

        await RequireQuoteAsync(request, mesh, package, cancellationToken);
        ActivationBudget.ThrowIfSpent(state, request.MarbleType, marble);
        return marble;
    }

    private async ValueTask RequireQuoteAsync(
        ActivationRequest request, MeshManifest mesh, PackageProperties package, CancellationToken cancellationToken)
    {
        if (request.Quote.IsEmpty && _options is { Simulation: true, RequireQuote: false })
        {
            Log.EmptyQuoteAdmitted(logger, LogText.Clean(request.MarbleType));
            return;
        }

        var expectation = new QuoteExpectation
        {
            ReportData = ReportData.ForCertificate(request.Certificate.Span),
            Package = package,
            Infrastructures = mesh.Infrastructures,
        };
        Verdict verdict = await VerifyAsync(request, expectation, cancellationToken);
        telemetry.Verified(verdict);
        if (!verdict.IsAccepted)
        {
            Log.QuoteRefused(logger, LogText.Clean(request.MarbleType), verdict);
            throw Refuse(
                Reason(verdict),
                FailsInfrastructure(verdict) ? RejectionReason.Infrastructure : RejectionReason.Quote,
                verdict.IsTransient ? StatusCode.Unavailable : StatusCode.PermissionDenied);
        }
    }

    private async ValueTask<Verdict> VerifyAsync(
        ActivationRequest request, QuoteExpectation expectation, CancellationToken cancellationToken)
    {
        try
        {
            return await verifications.VerifyAsync(request.Quote, expectation, request.Caller, cancellationToken);
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
        string message, RejectionReason reason, StatusCode statusCode = StatusCode.PermissionDenied) =>
        new(statusCode, $"marble verification failed: {message}") { Reason = reason };

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
    }
}
