using MarbleRun.Attestation.Checks;
using MarbleRun.Attestation.Claims;
using MarbleRun.Attestation.Collateral;

namespace MarbleRun.Attestation.Snp;

/// <summary>
/// Verifies attestation reports of AMD SEV-SNP, version 2 to 5, of Milan, Genoa and Turin, in managed code: structure, certificate chain,
/// signature, product, TCB, chip, dates, revocation, report data and package, in this order. The checks are listed in
/// docs/attestation-verdicts-snp.md.
/// </summary>
/// <remarks>
/// A verifier has no state between calls and is thread-safe. AMD publishes no TCB status: <see cref="QuoteClaims.TcbStatus"/> stays
/// Unknown, <see cref="PackageProperties.AcceptedTcbStatuses"/> is ignored, and <see cref="SnpProperties.MinimumTcb"/> defines the accepted
/// firmware. A package names the machine in <see cref="PackageProperties.Snp"/>; its SGX properties are not compared with reports, and a
/// package that names only SGX code refuses them. In the claims, <see cref="QuoteClaims.UniqueId"/> is MEASUREMENT,
/// <see cref="QuoteClaims.SignerId"/> is ID_KEY_DIGEST and <see cref="QuoteClaims.SecurityVersion"/> is GUEST_SVN, or 65535 if that is
/// higher. A report may come with its host's certificate table (<see cref="SnpEvidence"/>): the VCEK or VLEK in it is then not fetched. ASK
/// and ARK of the table are used only if no other source has them, and its revocation list is never used.
/// </remarks>
public sealed class SnpReportVerifier : IQuoteVerifier
{
    private readonly SnpTrustAnchor _anchor;
    private readonly TimeProvider _timeProvider;
    private readonly SnpCollateral? _collateral;
    private readonly ICollateralProvider? _provider;

    /// <summary>Creates a verifier with fixed collateral, or without collateral.</summary>
    /// <param name="anchor">The trusted roots.</param>
    /// <param name="collateral">The certificates of the key that signed the report, or null.</param>
    /// <param name="timeProvider">
    /// The clock that certificates and lists are checked against; null, the default, for the system's clock.
    /// </param>
    public SnpReportVerifier(SnpTrustAnchor anchor, SnpCollateral? collateral = null, TimeProvider? timeProvider = null)
    {
        ArgumentNullException.ThrowIfNull(anchor);
        _anchor = anchor;
        _timeProvider = timeProvider ?? TimeProvider.System;
        _collateral = collateral;
    }

    /// <summary>
    /// Creates a verifier that requests the certificates of each platform and the revocation list of their root. All of them except the
    /// root are then required.
    /// </summary>
    /// <param name="anchor">The trusted roots.</param>
    /// <param name="provider">
    /// The source of the certificates. It is asked before any signature can be checked, so it should limit its requests or cache the
    /// answers.
    /// </param>
    /// <param name="timeProvider">
    /// The clock that certificates and lists are checked against; null, the default, for the system's clock.
    /// </param>
    public SnpReportVerifier(SnpTrustAnchor anchor, ICollateralProvider provider, TimeProvider? timeProvider = null)
        : this(anchor, collateral: null, timeProvider)
    {
        ArgumentNullException.ThrowIfNull(provider);
        _provider = provider;
    }

    /// <summary>
    /// Whether a report is refused if <see cref="SnpCollateral.RevocationList"/> is missing; the default is true. A list that is present is
    /// always checked.
    /// </summary>
    public bool RequireRevocationList { get; init; } = true;

    private bool ChecksRevocation => RequireRevocationList || _collateral?.RevocationList is not null;

    /// <inheritdoc />
    public ValueTask<Verdict> VerifyAsync(Quote quote, QuoteExpectation expectation, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(quote);
        ArgumentNullException.ThrowIfNull(expectation);
        cancellationToken.ThrowIfCancellationRequested();
        SnpContext context = new SnpContext(_anchor, _provider is not null, ChecksRevocation, expectation).Read(quote.RawData);
        var checks = new CheckRun<SnpContext>(SnpChecks.All);
        return checks.Through(SnpRules.Structure, context) is { } malformed ? ValueTask.FromResult(malformed)
            : _provider is null ? ValueTask.FromResult(Judge(checks, context, Complete(_collateral, context.Sent)))
            : FetchAndJudgeAsync(_provider, checks, context, cancellationToken);
    }

    /// <summary>
    /// The given collateral comes first; the certificates of the machine fill the gaps. The machine's revocation list is not used, because
    /// it can be older than the revocation of the certificate.
    /// </summary>
    private static SnpCollateral Complete(SnpCollateral? given, SnpCollateral sent) => new()
    {
        Vek = given?.Vek ?? sent.Vek,
        Ask = given?.Ask ?? sent.Ask,
        Ark = given?.Ark ?? sent.Ark,
        RevocationList = given?.RevocationList,
    };

    private async ValueTask<Verdict> FetchAndJudgeAsync(
        ICollateralProvider provider, CheckRun<SnpContext> checks, SnpContext context, CancellationToken cancellationToken)
    {
        (SnpCollateral? collateral, CheckFailure? failure) =
            await SnpFetch.GetAsync(provider, context.Report, context.Sent.Vek, _anchor, cancellationToken).ConfigureAwait(false);
        return checks.Through(SnpRules.CollateralAvailable, context with { FetchFailure = failure }) ?? Judge(checks, context, collateral);
    }

    /// <summary>Each step adds data for the checks after it.</summary>
    private Verdict Judge(CheckRun<SnpContext> checks, SnpContext context, SnpCollateral? collateral) =>
        checks.Through(SnpRules.ChainStructure, context = context.WithChain(collateral))
        ?? checks.Through(SnpRules.ChainPath, context = context.WithRoot())
        ?? checks.Through(SnpRules.ChainVek, context = context.WithVek())
        ?? checks.Through(SnpRules.ChipId, context = context.Traced())
        ?? checks.Finish(context.Proven() with { Now = _timeProvider.GetUtcNow() });
}
