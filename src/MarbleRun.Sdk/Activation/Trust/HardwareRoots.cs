using MarbleRun.Attestation.Dcap;
using MarbleRun.Attestation.Snp;

namespace MarbleRun.Activation.Trust;

/// <summary>
/// The accepted hardware vendors. No option sets them, because the root determines the Coordinator; tests have their own roots.
/// </summary>
internal sealed record HardwareRoots(DcapTrustAnchor Intel, SnpTrustAnchor Amd)
{
    public static HardwareRoots Vendors { get; } = new(DcapTrustAnchor.IntelSgx, SnpTrustAnchor.Amd);
}
