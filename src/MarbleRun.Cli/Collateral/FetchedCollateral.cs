using System.Collections.Immutable;
using MarbleRun.Attestation.Claims;
using MarbleRun.Attestation.Collateral;
using MarbleRun.Attestation.Collateral.Sources;
using MarbleRun.Attestation.Inspection;

namespace MarbleRun.Cli.Collateral;

/// <summary>Collateral of one platform or family, with what it is for.</summary>
internal abstract record FetchedCollateral
{
    /// <summary>The platform in words.</summary>
    public abstract string Platform { get; }

    public abstract ImmutableArray<CollateralDocument> Inspect(CollateralAnchors anchors);

    public abstract Task SaveAsync(CollateralBundle bundle, CancellationToken cancellationToken);
}

/// <summary>Collateral of a family of Intel's platforms.</summary>
internal sealed record FetchedDcap(DcapCollateralRequest Request, DcapCollateral Collateral) : FetchedCollateral
{
    public override string Platform =>
        $"Intel {(Request.Tee == TeeType.Tdx ? "TDX" : "SGX")}, FMSPC {Request.Fmspc.ToUpperInvariant()}, PCK {Request.PckAuthority} CA";

    public override ImmutableArray<CollateralDocument> Inspect(CollateralAnchors anchors) =>
        DcapInspection.Inspect(Request, Collateral, anchors.Intel);

    public override Task SaveAsync(CollateralBundle bundle, CancellationToken cancellationToken) =>
        bundle.SaveAsync(Request, Collateral, cancellationToken);
}

/// <summary>The PCK certificate chain of a machine whose quotes only name it.</summary>
internal sealed record FetchedPckChain(PckCertificateRequest Request, ReadOnlyMemory<byte> Chain) : FetchedCollateral
{
    public override string Platform => $"Intel, QE id {Request.QeId}";

    public override ImmutableArray<CollateralDocument> Inspect(CollateralAnchors anchors) =>
        [DcapInspection.InspectPckChain(Chain, anchors.Intel)];

    public override Task SaveAsync(CollateralBundle bundle, CancellationToken cancellationToken) =>
        bundle.SavePckCertificateChainAsync(Request, Chain, cancellationToken);
}

/// <summary>Collateral of an AMD platform, or of a product line.</summary>
internal sealed record FetchedSnp(SnpCollateralRequest Request, SnpCollateral Collateral) : FetchedCollateral
{
    public override string Platform =>
        $"AMD {Request.ProductLine}, {(Request.SigningKey == SnpSigningKey.Vlek ? "VLEK" : "VCEK")}"
        + (Request.IssuersOnly ? ", issuers" : string.Empty);

    public override ImmutableArray<CollateralDocument> Inspect(CollateralAnchors anchors) =>
        SnpInspection.Inspect(Request, Collateral, anchors.Amd);

    public override Task SaveAsync(CollateralBundle bundle, CancellationToken cancellationToken) =>
        bundle.SaveSnpAsync(Request, Collateral, cancellationToken);
}
