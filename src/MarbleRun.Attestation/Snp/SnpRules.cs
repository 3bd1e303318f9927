using MarbleRun.Attestation.Checks;

namespace MarbleRun.Attestation.Snp;

/// <summary>The rules of the checks of a SEV-SNP report that don't depend on the package.</summary>
internal static class SnpRules
{
    private const string ReportLayout = "AMD SEV-SNP Firmware ABI Specification (#56860), ATTESTATION_REPORT";
    private const string CertificateProfile = "AMD VCEK Certificate and KDS Interface Specification (#57230)";
    private const string NotFromPlatform = "The evidence was changed in transit, or the platform that it names did not make it. Request a "
        + "new report; if it fails again, do not trust the sender.";

    private const string FetchVek =
        "Fetch the VCEK again from AMD's Key Distribution Service, by the chip id and the reported TCB of this report "
            + "(for a VLEK: take the one that the host loaded).";

    public static CheckRule Structure { get; } = new(
        "report.structure",
        ReportLayout,
        "The bytes are not a complete attestation report. Send the unchanged report of the platform; update this library if the "
        + "platform's firmware is newer.");

    public static CheckRule CollateralAvailable { get; } = new(
        "collateral.available",
        CertificateProfile + ", 4",
        "Make the source of collateral (AMD's Key Distribution Service or a mirror of it) reachable from here, or give the verifier a "
        + "bundle.");

    public static CheckRule ChainStructure { get; } = new(
        "chain.structure",
        CertificateProfile + ", 3; RFC 5280, 4.1",
        "Give the verifier the VCEK (or VLEK) of the platform and its ASK (or ASVK), DER: from the host, or from AMD's Key Distribution "
        + "Service.");

    public static CheckRule ChainRoot { get; } = new(
        "chain.root",
        CertificateProfile + ", 2",
        "The certificates lead to a root that is not trusted here. Reports of real platforms lead to AMD's ARK-Milan, ARK-Genoa or "
        + "ARK-Turin.");

    public static CheckRule ChainPath { get; } = new("chain.path", "RFC 5280, 6.1; " + CertificateProfile + ", 3", NotFromPlatform);

    public static CheckRule ChainVek { get; } = new("chain.vek", CertificateProfile + ", 3.1", FetchVek);

    public static CheckRule SigningKey { get; } = new(
        "report.signing_key",
        ReportLayout + ", SIGNING_KEY",
        "Give the certificate of the kind of key that signed the report. If the report is not signed, the host masks the key "
        + "(MASK_CHIP_KEY): unmask it.");

    public static CheckRule ReportSignature { get; } = new(
        "report.signature", ReportLayout + ", SIGNATURE", NotFromPlatform + " " + FetchVek);

    public static CheckRule Product { get; } = new("chain.product", ReportLayout + ", CPUID_FAM_ID and CPUID_MOD_ID", FetchVek);

    public static CheckRule Tcb { get; } = new("chain.tcb", ReportLayout + ", REPORTED_TCB; " + CertificateProfile + ", 3.1", FetchVek);

    public static CheckRule ChipId { get; } = new(
        "chain.chip_id",
        ReportLayout + ", CHIP_ID; " + CertificateProfile + ", 3.1",
        FetchVek + " If the chip id is zero, the host hides it (MASK_CHIP_ID): have it shown.");

    public static CheckRule ChainValidity { get; } = new(
        "chain.validity",
        "RFC 5280, 4.1.2.5",
        "Compare the clock of this machine with the dates; if the clock is right, fetch a current VCEK (or have the host load a current "
        + "VLEK).");

    public static CheckRule Revocation { get; } = new(
        "crl.ark",
        CertificateProfile + ", 4.3; RFC 5280, 6.3",
        "Fetch the root's revocation list again from AMD's Key Distribution Service. If the intermediate CA is on it, no platform under it "
        + "can be trusted.");
}
