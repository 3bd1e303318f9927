using MarbleRun.Attestation.Checks;

namespace MarbleRun.Attestation.Dcap;

/// <summary>The rules of the checks of a DCAP quote that don't depend on the package.</summary>
internal static partial class DcapRules
{
    private const string QuoteLayout =
        "Intel SGX ECDSA Quote Library API, A.4 Quote Format; Intel TDX DCAP Quoting Library API, A.3 and A.4";
    private const string CertificateProfile = "Intel SGX PCK Certificate and CRL Profile Specification";
    private const string NotFromPlatform = "The evidence was changed in transit, or the platform that it names did not make it. Issue a "
        + "new quote; if it fails again, do not trust the sender.";

    public static CheckRule Structure { get; } = new(
        "quote.structure",
        QuoteLayout,
        "The bytes are not a complete SGX or TDX quote. Send the complete quote of the platform, with the evidence header in front.");

    public static CheckRule ChainStructure { get; } = new(
        "chain.structure",
        QuoteLayout + ", certification data type 5; RFC 7468; RFC 5280, 4.1",
        "Configure the platform's quote provider to put the PCK certificate chain in the quote (certification data type 5).");

    public static CheckRule ChainRoot { get; } = new(
        "chain.root",
        CertificateProfile + ", 1.1",
        "The quote's certificates lead to a root that is not trusted here.");

    public static CheckRule ChainPath { get; } = new(
        "chain.path",
        "RFC 5280, 6.1; " + CertificateProfile + ", 1.3",
        NotFromPlatform);

    public static CheckRule ChainPck { get; } = new(
        "chain.pck",
        CertificateProfile + ", 1.3.5",
        NotFromPlatform);

    public static CheckRule ChainValidity { get; } = new(
        "chain.validity",
        "RFC 5280, 4.1.2.5",
        "Compare the clock of this machine with the dates; if the clock is right, have the platform fetch a current PCK certificate.");

    public static CheckRule RootRevocation { get; } = new(
        "crl.root",
        CertificateProfile + ", 2; RFC 5280, 6.3",
        "Fetch the root CA's revocation list again. If the PCK CA is on it, no platform under that CA can be trusted.");

    public static CheckRule PckRevocation { get; } = new(
        "crl.pck",
        CertificateProfile + ", 2; RFC 5280, 6.3",
        "Fetch the PCK CA's revocation list again. If the platform's PCK certificate is on it, the platform can't be trusted.");

    public static CheckRule QeSignature { get; } = new("qe.signature", QuoteLayout + ", QE Report Signature", NotFromPlatform);

    public static CheckRule QeBinding { get; } = new(
        "qe.binding",
        QuoteLayout + ", QE Report: SHA-256(attestation key || QE authentication data) || zeros",
        NotFromPlatform);

    public static CheckRule QuoteSignature { get; } = new(
        "quote.signature", QuoteLayout + ", ISV Enclave Report Signature", NotFromPlatform);
}
