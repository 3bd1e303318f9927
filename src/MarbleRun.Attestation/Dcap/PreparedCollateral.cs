using MarbleRun.Attestation.Collateral;
using MarbleRun.Attestation.X509;

namespace MarbleRun.Attestation.Dcap;

/// <summary>Collateral that is read, and whose signatures are checked, once for one anchor; null members are missing.</summary>
internal sealed class PreparedCollateral
{
    public PreparedCollateral(DcapCollateral source, DcapTrustAnchor anchor)
    {
        Source = source;
        RootList = source.RootRevocationList is { } root ? new PreparedRevocationList(root, IntelCertificates.Profile) : null;
        PckList = source.PckRevocationList is { } pck ? new PreparedRevocationList(pck, IntelCertificates.Profile) : null;
        TcbInfo = source.TcbInfo is { } info ? new PreparedDocument<TcbInfo>(info, anchor, "TCB info", Dcap.TcbInfo.TryParse) : null;
        QeIdentity = source.QeIdentity is { } qe
            ? new PreparedDocument<QeIdentity>(qe, anchor, "QE identity", Dcap.QeIdentity.TryParse)
            : null;
    }

    public DcapCollateral Source { get; }

    public PreparedRevocationList? RootList { get; }

    public PreparedRevocationList? PckList { get; }

    public PreparedDocument<TcbInfo>? TcbInfo { get; }

    public PreparedDocument<QeIdentity>? QeIdentity { get; }

    /// <summary>Describes the missing parts; empty if nothing is missing.</summary>
    public static List<string> Missing(DcapCollateral? collateral)
    {
        List<string> missing = [];
        Note(collateral?.TcbInfo is null, "no TCB info");
        Note(collateral?.QeIdentity is null, "no QE identity");
        Note(collateral?.RootRevocationList is null, "no revocation list of the root CA");
        Note(collateral?.PckRevocationList is null, "no revocation list of the PCK CA");
        return missing;

        void Note(bool isMissing, string what)
        {
            if (isMissing)
            {
                missing.Add(what);
            }
        }
    }
}
