using MarbleRun.Attestation.Dcap;
using MarbleRun.Attestation.Snp;
using MarbleRun.Attestation.X509;

namespace MarbleRun.Attestation.Collateral.Sources;

/// <summary>
/// How long collateral can be cached, according to its own dates. The dates are not verified here: wrong dates only cause an earlier fetch,
/// or a refusal by the verifier.
/// </summary>
internal static class CollateralLifetime
{
    /// <summary>The earliest end of all parts; null if a part is missing or can't be read.</summary>
    public static DateTimeOffset? End(DcapCollateral collateral)
    {
        if (collateral.TcbInfo is { } tcbInfo
            && TcbInfo.TryParse(tcbInfo.Body, out TcbInfo? info, out _)
            && collateral.QeIdentity is { } qeIdentity
            && QeIdentity.TryParse(qeIdentity.Body, out QeIdentity? identity, out _)
            && collateral.RootRevocationList is { } root
            && RevocationList.TryParse(root, IntelCertificates.Profile, out RevocationList? rootList, out _)
            && collateral.PckRevocationList is { } pck
            && RevocationList.TryParse(pck, IntelCertificates.Profile, out RevocationList? pckList, out _))
        {
            return ((DateTimeOffset[])[info.NextUpdate, identity.NextUpdate, rootList.NextUpdate, pckList.NextUpdate]).Min();
        }

        return null;
    }

    /// <summary>The earliest end of a PCK certificate chain, PEM; null if it can't be read.</summary>
    public static DateTimeOffset? End(ReadOnlyMemory<byte> pckCertificateChain) =>
        PckChain.TryReadPem(pckCertificateChain.Span, out PckChain? chain, out _)
            ? ((DateTimeOffset[])[chain.Leaf.NotAfter, chain.Authority.NotAfter, chain.Root.NotAfter]).Min()
            : null;

    /// <summary>The earliest end of VEK, ASK and revocation list; null if one is missing or can't be read.</summary>
    public static DateTimeOffset? End(SnpCollateral collateral) =>
        EndOfIssuers(collateral) is { } end
        && collateral.Vek is { } vekDer
        && Certificate.TryParse(vekDer, AmdCertificates.Profile, out Certificate? vek, out _)
            ? Earlier(vek.NotAfter, end)
            : null;

    /// <summary>The earliest end of ASK and revocation list; null if one is missing or can't be read.</summary>
    public static DateTimeOffset? EndOfIssuers(SnpCollateral collateral) =>
        collateral.Ask is { } askDer
        && Certificate.TryParse(askDer, AmdCertificates.Profile, out Certificate? ask, out _)
        && collateral.RevocationList is { } listDer
        && RevocationList.TryParse(listDer, AmdCertificates.Profile, out RevocationList? list, out _)
            ? Earlier(ask.NotAfter, list.NextUpdate)
            : null;

    private static DateTimeOffset Earlier(DateTimeOffset left, DateTimeOffset right) => left < right ? left : right;
}
