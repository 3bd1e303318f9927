using MarbleRun.Attestation.Checks;

namespace MarbleRun.Attestation.Dcap;

/// <summary>The rules of the checks that need collateral.</summary>
internal static partial class DcapRules
{
    private const string PcsApi = "Intel SGX and TDX Provisioning Certification Service API";
    private const string VerificationLibrary = "Intel SGX and TDX DCAP Quote Verification Library";
    private const string FetchAgain = "Fetch the collateral again from the platform's vendor; it was changed or truncated in transit.";
    private const string FetchCurrent =
        "Compare the clock of this machine with the dates; if the clock is right, fetch current collateral.";
    private const string OldCollateral =
        "The collateral is older than the last TCB recovery, so it can report a vulnerable platform as up to date. Refresh the cache "
        + "(PCCS) or bundle; if it was never newer, do not trust it.";

    private const string NotIntelsEnclave =
        "The enclave that signed the quote is not the vendor's quoting enclave. Do not trust this platform.";

    public static CheckRule CollateralAvailable { get; } = new(
        "collateral.available",
        VerificationLibrary + ", Collateral",
        "Make the source of collateral reachable from here, or give the verifier a bundle.");

    public static CheckRule TcbInfoChain { get; } = new(
        "tcbinfo.chain", PcsApi + ", Get TCB Info, TCB-Info-Issuer-Chain; RFC 5280, 6", FetchAgain);

    public static CheckRule TcbInfoSignature { get; } = new("tcbinfo.signature", PcsApi + ", Get TCB Info, signature", FetchAgain);

    public static CheckRule TcbInfoStructure { get; } = new("tcbinfo.structure", PcsApi + ", Get TCB Info, versions 2 and 3", FetchAgain);

    public static CheckRule TcbInfoValidity { get; } = new(
        "tcbinfo.validity", PcsApi + ", Get TCB Info, issueDate and nextUpdate", FetchCurrent);

    public static CheckRule TcbInfoPlatform { get; } = new(
        "tcbinfo.platform",
        PcsApi + ", Get TCB Info, id, fmspc and pceId",
        "The TCB info is for another kind of platform. Fetch the one for this platform's FMSPC and TEE.");

    public static CheckRule TcbInfoEvaluation { get; } = new(
        "tcbinfo.evaluation_number",
        PcsApi + ", Get TCB Info, tcbEvaluationDataNumber",
        OldCollateral);

    public static CheckRule QeIdentityChain { get; } = new(
        "qeidentity.chain",
        PcsApi + ", Get Quoting Enclave Identity, SGX-Enclave-Identity-Issuer-Chain; RFC 5280, 6",
        FetchAgain);

    public static CheckRule QeIdentitySignature { get; } = new(
        "qeidentity.signature", PcsApi + ", Get Quoting Enclave Identity, signature", FetchAgain);

    public static CheckRule QeIdentityStructure { get; } = new(
        "qeidentity.structure", PcsApi + ", Get Quoting Enclave Identity, version 2", FetchAgain);

    public static CheckRule QeIdentityValidity { get; } = new(
        "qeidentity.validity",
        PcsApi + ", Get Quoting Enclave Identity, issueDate and nextUpdate",
        FetchCurrent);

    public static CheckRule QeIdentityMatch { get; } = new(
        "qe.identity",
        VerificationLibrary + ", Verify the QE report against the QE identity",
        NotIntelsEnclave);

    public static CheckRule QeIdentityEvaluation { get; } = new(
        "qeidentity.evaluation_number",
        PcsApi + ", Get Quoting Enclave Identity, tcbEvaluationDataNumber",
        OldCollateral);

    public static CheckRule TdxModule { get; } = new(
        "tdx.module",
        VerificationLibrary + ", Verify the TDX module identity; " + PcsApi + ", Get TCB Info, tdxModule and tdxModuleIdentities",
        "The TCB info does not contain the TDX module of this machine. Fetch newer TCB info; if it does not contain the module either, do "
        + "not trust this platform.");
}
