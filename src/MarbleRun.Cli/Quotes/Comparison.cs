using MarbleRun.Attestation;

namespace MarbleRun.Cli.Quotes;

/// <summary>What a verdict rests on besides the vendor's word, and what it says nothing of.</summary>
/// <param name="Expectation">What the evidence has to say.</param>
/// <param name="IsReportDataCompared">Whether the user gave report data; otherwise the evidence is asked for its own.</param>
internal sealed record Comparison(QuoteExpectation Expectation, bool IsReportDataCompared)
{
    /// <summary>Whether it was asked whose code it is.</summary>
    public bool IsCodeCompared => Names(Expectation.Package);

    /// <summary>Sentences about what was not compared.</summary>
    public IEnumerable<string> Remarks(TeeType tee)
    {
        PackageProperties package = Expectation.Package;
        if (!IsCodeCompared)
        {
            yield return "Not compared: the code. Anybody's code on a genuine machine passes. Give what you expect: --manifest and --package, "
                + "or --unique-id, or --signer-id with --product-id and --security-version (SGX), --mrtd (TDX), --measurement (SEV-SNP).";
        }
        else if (tee == TeeType.Sgx && string.IsNullOrEmpty(package.UniqueId) && Missing(package) is { Length: > 0 } missing)
        {
            yield return $"Not compared: {missing}. Other code passes as well; give it, or --unique-id.";
        }
        else if (tee == TeeType.Tdx
            && package.Tdx is { } tdx
            && (string.IsNullOrEmpty(tdx.MrTd) || string.IsNullOrEmpty(tdx.Rtmr1) || string.IsNullOrEmpty(tdx.Rtmr2)))
        {
            yield return "Not compared: all that the firmware started. A cloud gives the same firmware to all its tenants; "
                + "a manifest's package can name RTMR1 and RTMR2, too (--manifest and --package).";
        }

        if (!IsReportDataCompared)
        {
            yield return "Not compared: the report data, which binds the evidence to a key or a nonce. "
                + "Old evidence, and that of another connection, passes. Give what you expect with --report-data.";
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
