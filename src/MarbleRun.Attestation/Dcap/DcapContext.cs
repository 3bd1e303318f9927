using System.Diagnostics.CodeAnalysis;
using MarbleRun.Attestation.Checks;
using MarbleRun.Attestation.Claims;
using MarbleRun.Attestation.Collateral;

namespace MarbleRun.Attestation.Dcap;

/// <summary>
/// What is known about a quote. Quote, chain and collateral are there as long as the checks before found no fault; each has the failure
/// beside it that says why it is not.
/// </summary>
/// <param name="Anchor">The trusted root.</param>
/// <param name="Numbers">The highest numbers of TCB recoveries that were seen.</param>
/// <param name="RequiresCollateral">Whether a quote is refused without collateral.</param>
/// <param name="AsksSource">Whether a source gives the collateral; all of it must be there then.</param>
/// <param name="Expectation">What the quote must say.</param>
internal sealed record DcapContext(
    DcapTrustAnchor Anchor, EvaluationNumbers Numbers, bool RequiresCollateral, bool AsksSource, QuoteExpectation Expectation)
    : CheckContext(Expectation, Claims: null)
{
    /// <summary>When certificates, lists and documents must be valid.</summary>
    public DateTimeOffset Now { get; init; }

    [field: MaybeNull]
    public DcapQuote Quote { get => Known(field, "quote"); private init; }

    public CheckFailure? QuoteFailure { get; private init; }

    /// <summary>What the quote calls its platform, if it has no chain but names it; null otherwise.</summary>
    public PckCertificateRequest? NamedPlatform => QuoteFailure is null ? PckIdentification.Of(Quote) : null;

    [field: MaybeNull]
    public PckChain Chain { get => Known(field, "PCK chain"); private init; }

    public CheckFailure? ChainFailure { get; private init; }

    /// <summary>The chain as it was given, PEM.</summary>
    public ReadOnlyMemory<byte> ChainPem { get; private init; }

    /// <summary>Whether the very chain led to the anchor before.</summary>
    public bool IsKnown { get; private init; }

    /// <summary>The collateral that is there, of which parts may be missing; null for none.</summary>
    public PreparedCollateral? Given { get; init; }

    /// <summary>Why the source gave no collateral, or null.</summary>
    public string? FetchFault { get; init; }

    public PreparedCollateral Collateral => Known(Given, "collateral");

    public TcbInfo TcbInfo => Known(Given?.TcbInfo?.Document, "TCB info");

    public QeIdentity QeIdentity => Known(Given?.QeIdentity?.Document, "QE identity");

    public bool HasRootList => AsksSource || Given?.RootList is not null;

    public bool HasPckList => AsksSource || Given?.PckList is not null;

    public bool HasTcbInfo => AsksSource || Given?.TcbInfo is not null;

    public bool HasQeIdentity => AsksSource || Given?.QeIdentity is not null;

    /// <summary>What to ask a source for, when the evidence was found to be good.</summary>
    public DcapCollateralRequest Request => new(Quote.Tee, Convert.ToHexString(Chain.Platform.Fmspc.Span), Chain.AuthorityKind);

    public CheckFailure? FetchFailure => FetchFault is null
        ? null
        : new CheckFailure(VerdictReason.CollateralMissing, $"the collateral of FMSPC {Request.Fmspc} ({Quote.Tee})", FetchFault)
        {
            IsTransient = true,
        };

    /// <summary>Whether evidence is judged alone, of which no collateral was kept.</summary>
    public bool JudgesEvidenceAlone =>
        !RequiresCollateral && !Anchor.IsSimulation && Given is not { TcbInfo: not null, QeIdentity: not null };

    /// <summary>Reads the evidence.</summary>
    public DcapContext Read(ReadOnlyMemory<byte> evidence) => DcapQuote.TryParse(evidence, out DcapQuote? quote, out CheckFailure? failure)
        ? this with { Quote = quote, Claims = quote.ToClaims() }
        : this with { QuoteFailure = failure };

    /// <summary>Finds the PCK chain in the quote, or in what was given if the quote only names its platform.</summary>
    /// <param name="given">What was there before anything was fetched.</param>
    /// <param name="fault">Why a source gave no chain for such a quote; null if none was asked.</param>
    /// <param name="known">The chains that led to the anchor before.</param>
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

    /// <summary>The quote was traced to the anchor: what its chain says of the machine is true.</summary>
    public DcapContext Traced() => this with
    {
        Claims = Said with { TrustAnchor = Anchor.Name, Platform = Chain.Describe(new SgxReportBody(Quote.QeReport.Span).SecurityVersion) },
    };

    /// <summary>The collateral was found to be genuine: what it says of the platform's TCB is true.</summary>
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

    /// <summary>Null unless collateral is required, and something of it is not there.</summary>
    public CheckFailure? CheckComplete() => RequiresCollateral && PreparedCollateral.Missing(Given?.Source) is { Count: > 0 } missing
        ? new CheckFailure(VerdictReason.CollateralMissing, "collateral to judge the platform's TCB status by", string.Join(", ", missing))
        {
            Remedy = "The quote is genuine and fits, but nothing shows whether the platform is patched and not revoked. "
                + $"Give the verifier the collateral of {Anchor.Name}.",
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
