using MarbleRun.Attestation.Dcap;
using MarbleRun.Attestation.Snp;

namespace MarbleRun.Activation;

/// <summary>Whose hardware counts. No option sets it, since who chooses the root chooses the Coordinator; tests have roots of their own.</summary>
internal sealed record HardwareRoots(DcapTrustAnchor Intel, SnpTrustAnchor Amd)
{
    public static HardwareRoots Vendors { get; } = new(DcapTrustAnchor.IntelSgx, SnpTrustAnchor.Amd);
}
