using MarbleRun.Attestation.Claims;
using MarbleRun.Attestation.Collateral;
using MarbleRun.Attestation.X509;

namespace MarbleRun.Attestation.Snp;

/// <summary>
/// Whether an answer of a source is genuine and matches the request, so that it can be cached. It is checked again for each report; this
/// check only keeps wrong answers out of the cache.
/// </summary>
internal static class SnpCollateralCheck
{
    /// <param name="request">The request.</param>
    /// <param name="collateral">The answer.</param>
    /// <param name="anchor">The trusted roots.</param>
    /// <param name="now">The time.</param>
    public static bool Passes(SnpCollateralRequest request, SnpCollateral collateral, SnpTrustAnchor anchor, DateTimeOffset now) =>
        collateral.RevocationList is { IsEmpty: false } list
        && anchor.Roots.FirstOrDefault(r => r.Line == request.ProductLine) is { } root
        && new PreparedRevocationList(list, AmdCertificates.Profile).CheckList(root.Certificate, now) is null
        && (request.IssuersOnly ? IsIssuer(collateral, root) : IsOfPlatform(request, collateral, anchor, root));

    private static bool IsIssuer(SnpCollateral collateral, SnpRoot root) =>
        collateral.Ask is { } der
        && Certificate.TryParse(der, AmdCertificates.Profile, out Certificate? ask, out _)
        && CertificatePath.CheckIssued(ask, root.Certificate) is null;

    private static bool IsOfPlatform(SnpCollateralRequest request, SnpCollateral collateral, SnpTrustAnchor anchor, SnpRoot root) =>
        SnpChain.TryRead(collateral, out SnpChain? chain, out _)
        && chain.TryFindRoot(anchor, out SnpRoot? found, out _)
        && found == root
        && chain.CheckPath(root) is null
        && chain.TryReadVek(root, out VekExtensions? vek, out _)
        && vek.Kind == request.SigningKey
        && vek.Tcb == request.ReportedTcb
        && (request.SigningKey == SnpSigningKey.Vlek || Convert.ToHexStringLower(vek.HardwareId.Span) == request.HardwareId);
}
