using MarbleRun.Attestation.Dcap;
using MarbleRun.Attestation.X509;

namespace MarbleRun.Attestation.Collateral;

/// <summary>How long collateral may be kept, by its own dates. They are not verified here: a lie makes a cache ask earlier, or a verifier refuse.</summary>
internal static class CollateralLifetime
{
    /// <summary>The earliest end of all parts; null if a part is missing or can't be read.</summary>
    public static DateTimeOffset? End(DcapCollateral collateral)
    {
        if (collateral.TcbInfo is { } tcbInfo && TcbInfo.TryParse(tcbInfo.Body, out TcbInfo? info, out _)
            && collateral.QeIdentity is { } qeIdentity && QeIdentity.TryParse(qeIdentity.Body, out QeIdentity? identity, out _)
            && collateral.RootRevocationList is { } root && RevocationList.TryParse(root, IntelCertificates.Profile, out RevocationList? rootList, out _)
            && collateral.PckRevocationList is { } pck && RevocationList.TryParse(pck, IntelCertificates.Profile, out RevocationList? pckList, out _))
        {
            return ((DateTimeOffset[])[info.NextUpdate, identity.NextUpdate, rootList.NextUpdate, pckList.NextUpdate]).Min();
        }

        return null;
    }
}
