using MarbleRun.Attestation;
using MarbleRun.Attestation.Claims;

namespace MarbleRun.Cli.Quotes;

/// <summary>The expectations that a verdict is based on in addition to the vendor's signature, and what was not compared.</summary>
/// <param name="Expectation">The expected values.</param>
/// <param name="IsReportDataCompared">Whether the user specified report data; otherwise the evidence is compared with its own.</param>
internal sealed record Comparison(QuoteExpectation Expectation, bool IsReportDataCompared)
{
    /// <summary>Whether the code was compared.</summary>
    public bool IsCodeCompared => Names(Expectation.Package);

    /// <summary>Returns remarks about what was not compared.</summary>
    public IEnumerable<string> Remarks(TeeType tee)
    {
        PackageProperties package = Expectation.Package;
        if (!IsCodeCompared)
        {
            yield return "Not compared: the code. Any code on a genuine machine is accepted. Specify the expected code: --manifest and "
                + "--package, or --unique-id, or --signer-id with --product-id and --security-version (SGX), --mrtd (TDX), --measurement "
                + "(SEV-SNP).";
        }
        else if (tee == TeeType.Sgx && string.IsNullOrEmpty(package.UniqueId) && Missing(package) is { Length: > 0 } missing)
        {
            yield return $"Not compared: {missing}. Other code is accepted as well; specify it, or --unique-id.";
        }
        else if (tee == TeeType.Tdx
            && package.Tdx is { } tdx
            && (string.IsNullOrEmpty(tdx.MrTd) || string.IsNullOrEmpty(tdx.Rtmr1) || string.IsNullOrEmpty(tdx.Rtmr2)))
        {
            yield return "Not compared: everything that the firmware started. All tenants of a cloud have the same firmware; "
                + "a manifest's package can also specify RTMR1 and RTMR2 (--manifest and --package).";
        }

        if (!IsReportDataCompared)
        {
            yield return "Not compared: the report data, which binds the evidence to a key or a nonce. "
                + "Old evidence, and evidence of another connection, is accepted. Specify the expected data with --report-data.";
        }
    }

    private static bool Names(PackageProperties package) =>
        !string.IsNullOrEmpty(package.UniqueId)
        || !string.IsNullOrEmpty(package.SignerId)
        || package.ProductId is not null
        || package.SecurityVersion is not null
        || package.Tdx is not null
        || (package.Snp is { } snp && snp != new SnpProperties());

    private static string Missing(PackageProperties package) => string.Join(", ", new[]
    {
        string.IsNullOrEmpty(package.SignerId) ? "the signer" : null,
        package.ProductId is null ? "the product" : null,
        package.SecurityVersion is null ? "the security version" : null,
    }.OfType<string>());
}
