using MarbleRun.Attestation.Collateral;
using MarbleRun.Attestation.X509;

namespace MarbleRun.Attestation.Dcap;

/// <summary>
/// Whether an answer of a source is genuine and matches the request, so that it can be cached. It is checked again for each quote; this
/// check only keeps wrong answers out of the cache.
/// </summary>
internal static class DcapCollateralCheck
{
    /// <param name="request">The request.</param>
    /// <param name="collateral">The answer.</param>
    /// <param name="anchor">The trusted root.</param>
    /// <param name="now">The time.</param>
    public static bool Passes(DcapCollateralRequest request, DcapCollateral collateral, DcapTrustAnchor anchor, DateTimeOffset now)
    {
        var prepared = new PreparedCollateral(collateral, anchor);
        return prepared is
        {
            TcbInfo: { Document: { } info, Chain: { } chain },
            QeIdentity.Document: { } identity,
            RootList: { } rootList,
            PckList: { } pckList,
        }
            && info.Tee == request.Tee
            && string.Equals(Convert.ToHexString(info.Fmspc), request.Fmspc, StringComparison.OrdinalIgnoreCase)
            && identity.Id == QeIdentity.IdFor(request.Tee)
            && info.IssueDate <= now && now <= info.NextUpdate
            && identity.IssueDate <= now && now <= identity.NextUpdate
            && rootList.CheckList(chain.Root, now) is null
            && IsOfPckAuthority(pckList, collateral.PckRevocationListIssuerChain, chain.Root, now);
    }

    /// <param name="pckCertificateChain">The answer, PEM.</param>
    /// <param name="anchor">The trusted root.</param>
    public static bool Passes(ReadOnlyMemory<byte> pckCertificateChain, DcapTrustAnchor anchor) =>
        PckChain.TryReadPem(pckCertificateChain.Span, out PckChain? chain, out _)
        && (chain.CheckRoot(anchor) ?? chain.CheckPath() ?? chain.CheckPck()) is null;

    // A source can omit the issuer. Then only the verifier, which has the PCK CA of the quote, can check it.
    private static bool IsOfPckAuthority(
        PreparedRevocationList list, ReadOnlyMemory<byte>? issuerChain, Certificate root, DateTimeOffset now)
    {
        if (issuerChain is not { IsEmpty: false } pem)
        {
            return true;
        }

        return CertificatePath.TryReadPem(pem.Span, IntelCertificates.Profile, out List<Certificate>? certificates, out _)
            && (CertificatePath.CheckIssued(certificates[0], root) ?? CertificatePath.CheckAuthority(certificates[0], authoritiesBelow: 0)
                ?? list.CheckList(certificates[0], now)) is null;
    }
}
