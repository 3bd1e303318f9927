using System.Diagnostics.CodeAnalysis;
using MarbleRun.Attestation.Checks;
using MarbleRun.Attestation.Claims;
using MarbleRun.Attestation.Collateral;

namespace MarbleRun.Attestation.Dcap;

/// <summary>
/// The data of the checks of a quote. Quote, chain and collateral are set if the earlier checks passed; otherwise the failure beside each
/// gives the reason.
/// </summary>
/// <param name="Anchor">The trusted root.</param>
/// <param name="Numbers">The highest numbers of TCB recoveries so far.</param>
/// <param name="RequiresCollateral">Whether a quote is refused without collateral.</param>
/// <param name="AsksSource">Whether a source provides the collateral; all of it is then required.</param>
/// <param name="Expectation">The required content of the quote.</param>
internal sealed record DcapContext(
    DcapTrustAnchor Anchor, EvaluationNumbers Numbers, bool RequiresCollateral, bool AsksSource, QuoteExpectation Expectation)
    : CheckContext(Expectation, Claims: null)
{
    /// <summary>The time at which certificates, lists and documents must be valid.</summary>
    public DateTimeOffset Now { get; init; }

    [field: MaybeNull]
    public DcapQuote Quote { get => Known(field, "quote"); private init; }

    public CheckFailure? QuoteFailure { get; private init; }

    /// <summary>The identifiers of the platform, if the quote has them in place of a chain; null otherwise.</summary>
    public PckCertificateRequest? NamedPlatform => QuoteFailure is null ? PckIdentification.Of(Quote) : null;

    [field: MaybeNull]
    public PckChain Chain { get => Known(field, "PCK chain"); private init; }

    public CheckFailure? ChainFailure { get; private init; }

    /// <summary>The chain, PEM.</summary>
    public ReadOnlyMemory<byte> ChainPem { get; private init; }

    /// <summary>Whether the same chain was verified up to the anchor before.</summary>
    public bool IsKnown { get; private init; }

    /// <summary>The available collateral, of which parts can be missing; null without collateral.</summary>
    public PreparedCollateral? Given { get; init; }

    /// <summary>The reason why the source provided no collateral, or null.</summary>
    public string? FetchFault { get; init; }

    public PreparedCollateral Collateral => Known(Given, "collateral");

    public TcbInfo TcbInfo => Known(Given?.TcbInfo?.Document, "TCB info");

    public QeIdentity QeIdentity => Known(Given?.QeIdentity?.Document, "QE identity");

    public bool HasRootList => AsksSource || Given?.RootList is not null;

    public bool HasPckList => AsksSource || Given?.PckList is not null;

    public bool HasTcbInfo => AsksSource || Given?.TcbInfo is not null;

    public bool HasQeIdentity => AsksSource || Given?.QeIdentity is not null;

    /// <summary>The request to a source, after the evidence was verified.</summary>
    public DcapCollateralRequest Request => new(Quote.Tee, Convert.ToHexString(Chain.Platform.Fmspc.Span), Chain.AuthorityKind);

    public CheckFailure? FetchFailure => FetchFault is null
        ? null
        : new CheckFailure(VerdictReason.CollateralMissing, $"the collateral of FMSPC {Request.Fmspc} ({Quote.Tee})", FetchFault)
        {
            IsTransient = true,
        };

    /// <summary>Whether evidence is verified without collateral, because none was kept.</summary>
    public bool JudgesEvidenceAlone =>
        !RequiresCollateral && !Anchor.IsSimulation && Given is not { TcbInfo: not null, QeIdentity: not null };

    /// <summary>Reads the evidence.</summary>
    public DcapContext Read(ReadOnlyMemory<byte> evidence) => DcapQuote.TryParse(evidence, out DcapQuote? quote, out CheckFailure? failure)
        ? this with { Quote = quote, Claims = quote.ToClaims() }
        : this with { QuoteFailure = failure };

    /// <summary>Finds the PCK chain in the quote, or in the given collateral if the quote only names its platform.</summary>
    /// <param name="given">The collateral that is available before anything is fetched.</param>
    /// <param name="fault">The reason why a source provided no chain for such a quote; null if no source was asked.</param>
    /// <param name="known">The chains that were verified before.</param>
    public DcapContext WithChain(DcapCollateral? given, string? fault, PckChainCache known)
    {
        if (QuoteFailure is not null)
        {
            return this;
        }

        PckChain? chain = null;
        return !PckChain.TryFind(Quote, given, out ReadOnlyMemory<byte> pem, out CheckFailure? failure)
            ? this with { ChainFailure = NoChain(fault) ?? failure }
            : known.Find(pem.Span) is { } old ? this with { Chain = old, ChainPem = pem, IsKnown = true }
            : PckChain.TryReadPem(pem.Span, out chain, out failure) ? this with { Chain = chain, ChainPem = pem }
            : this with { ChainFailure = NoChain(fault) ?? failure };
    }

    /// <summary>Adds the claims about the machine, after the chain was verified up to the anchor.</summary>
    public DcapContext Traced() => this with
    {
        Claims = Said with { TrustAnchor = Anchor.Name, Platform = Chain.Describe(new SgxReportBody(Quote.QeReport.Span).SecurityVersion) },
    };

    /// <summary>Adds the claims about the platform's TCB, after the collateral was verified.</summary>
    public DcapContext Evaluated()
    {
        if (Given is { TcbInfo.Document: { } info, QeIdentity.Document: { } identity })
        {
            return this with { Claims = TcbEvaluation.Evaluate(Quote, Chain.Platform, info, identity).AddTo(Said, info) };
        }

        // Software has no TCB that could be out of date.
        return Anchor.IsSimulation && Given is not { TcbInfo: not null } and not { QeIdentity: not null }
            ? this with { Claims = Said with { TcbStatus = TcbStatus.UpToDate } }
            : this;
    }

    /// <summary>Null, unless collateral is required and a part of it is missing.</summary>
    public CheckFailure? CheckComplete() => RequiresCollateral && PreparedCollateral.Missing(Given?.Source) is { Count: > 0 } missing
        ? new CheckFailure(VerdictReason.CollateralMissing, "collateral to judge the platform's TCB status by", string.Join(", ", missing))
        {
            Remedy = "The quote is genuine and matches, but it is unknown whether the platform is patched and not revoked. Give the "
                + $"verifier the collateral of {Anchor.Name}.",
        }
        : null;

    private CheckFailure? NoChain(string? fault) => fault is null
        ? null
        : new CheckFailure(
            VerdictReason.CollateralMissing,
            $"the PCK certificate chain of the platform, which the quote only names (type {Quote.CertificationType})",
            fault)
        {
            IsTransient = true,
        };
}
