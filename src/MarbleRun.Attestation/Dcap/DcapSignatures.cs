using System.Security.Cryptography;
using MarbleRun.Attestation.Checks;
using MarbleRun.Attestation.Claims;

namespace MarbleRun.Attestation.Dcap;

/// <summary>The three links from the PCK certificate to the report: PCK → quoting enclave → attestation key → enclave.</summary>
internal static class DcapSignatures
{
    // Intel's quoting enclaves have 32 bytes of authentication data; there may be 65535.
    private const int UsualLength = 256;

    /// <summary>Null if the PCK signed the quoting enclave's report.</summary>
    public static CheckFailure? CheckQeReport(DcapQuote quote, PckChain chain) =>
        chain.VerifyByLeaf(quote.QeReport.Span, quote.QeSignature.Span)
            ? null
            : CheckFailure.Signature("the quoting enclave's report signed by the PCK", "a signature that is not by its key");

    /// <summary>Null if the quoting enclave's report names the attestation key.</summary>
    public static CheckFailure? CheckQeBinding(DcapQuote quote)
    {
        Span<byte> expected = stackalloc byte[ReportData.Size];
        HashAttestationKey(quote.AttestationKey.Span, quote.QeAuthenticationData.Span, expected);
        ReadOnlySpan<byte> found = new SgxReportBody(quote.QeReport.Span).ReportData;
        return found.SequenceEqual(expected)
            ? null
            : CheckFailure.Signature(
                $"the quoting enclave's report data {Convert.ToHexStringLower(expected)}", Convert.ToHexStringLower(found));
    }

    /// <summary>Null if the attestation key signed header and report.</summary>
    public static CheckFailure? CheckQuote(DcapQuote quote) =>
        EcdsaP256.Verify(quote.AttestationKey.Span, quote.Signed.Span, quote.Signature.Span)
            ? null
            : CheckFailure.Signature("header and report signed by the attestation key", "a signature that is not by its key");

    /// <summary>
    /// Writes SHA-256(key ‖ authentication data) and zeros: what the quoting enclave's report says of its attestation key.
    /// </summary>
    public static void HashAttestationKey(ReadOnlySpan<byte> key, ReadOnlySpan<byte> authenticationData, Span<byte> reportData)
    {
        int length = key.Length + authenticationData.Length;
        Span<byte> named = length <= UsualLength ? stackalloc byte[UsualLength] : new byte[length];
        key.CopyTo(named);
        authenticationData.CopyTo(named[key.Length..]);
        reportData.Clear();
        SHA256.HashData(named[..length], reportData);
    }
}
