using MarbleRun.Attestation.Collateral;
using MarbleRun.Attestation.X509;

namespace MarbleRun.Attestation.Dcap;

/// <summary>
/// Whether what a source answered is genuine and what was asked for, so that it may be kept for others. It is judged again for each quote;
/// this only keeps a cache from holding on to a wrong answer.
/// </summary>
internal static class DcapCollateralCheck
{
    /// <param name="request">What was asked for.</param>
    /// <param name="collateral">What came.</param>
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

    /// <param name="pckCertificateChain">PEM, as it came.</param>
    /// <param name="anchor">The trusted root.</param>
    public static bool Passes(ReadOnlyMemory<byte> pckCertificateChain, DcapTrustAnchor anchor) =>
        PckChain.TryReadPem(pckCertificateChain.Span, out PckChain? chain, out _)
        && (chain.CheckRoot(anchor) ?? chain.CheckPath() ?? chain.CheckPck()) is null;

    // A source need not name the issuer; then the verifier, which has the PCK CA of the quote, is the first who can tell.
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
