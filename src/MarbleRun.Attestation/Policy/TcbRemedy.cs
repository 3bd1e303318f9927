using MarbleRun.Attestation.Claims;

namespace MarbleRun.Attestation.Policy;

/// <summary>
/// What to do about a TCB status that is not accepted. The package's list is mentioned only for statuses that it can accept.
/// </summary>
internal static class TcbRemedy
{
    private const string List = ", or add the status to the package's AcceptedTCBStatuses if the risk is acceptable.";

    public static string For(TcbStatus status) => status switch
    {
        TcbStatus.SWHardeningNeeded =>
            "Have the software protect itself as the advisories say; then add the status to the package's AcceptedTCBStatuses, and the "
            + "advisories to AcceptedAdvisories.",
        TcbStatus.ConfigurationNeeded => "Change the platform's configuration (BIOS) as the advisories say" + List,
        TcbStatus.ConfigurationAndSWHardeningNeeded =>
            "Change the platform's configuration (BIOS) and have the software protect itself as the advisories say" + List,
        TcbStatus.OutOfDate => "Update the named part (BIOS and microcode, quoting enclave, TDX module)" + List,
        TcbStatus.OutOfDateConfigurationNeeded =>
            "Update the named part (BIOS and microcode, quoting enclave, TDX module) and change the platform's configuration as the "
            + "advisories say"
            + List,
        TcbStatus.TDRelaunchAdvised =>
            "Stop the TD and start it again: it was launched before its machine was updated, and the machine is up to date now.",
        TcbStatus.TDRelaunchAdvisedConfigurationNeeded =>
            "Stop the TD and start it again, since it was launched before its machine was updated, and change the platform's configuration "
            + "(BIOS) as the advisories say.",
        TcbStatus.Revoked =>
            "The vendor revoked this TCB level, and no package can accept it. Update the platform to a level that is not revoked, or run "
            + "the service elsewhere.",
        TcbStatus.NotSupported =>
            "The vendor's list has no level for the named part, and no package can accept this status. Fetch newer TCB info and QE "
            + "identity; if they have none either, update the platform.",
        TcbStatus.Unrecognized =>
            "The vendor's list contains a status that this version does not know, and no package can accept it. Update this software.",
        _ =>
            "It is unknown how well the platform is patched, and no package can accept this status. Give the verifier the platform's "
            + "collateral.",
    };
}
