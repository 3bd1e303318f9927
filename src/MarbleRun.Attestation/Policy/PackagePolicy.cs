using System.Collections.Immutable;
using MarbleRun.Attestation.Checks;
using MarbleRun.Attestation.Claims;

namespace MarbleRun.Attestation.Policy;

/// <summary>Compares the claims of a quote with the expectation; the same for every platform.</summary>
internal static class PackagePolicy
{
    public const string Source = "MarbleRun manifest, Packages";

    /// <summary>All 64 bytes must be equal.</summary>
    public static Check<CheckContext> ReportData { get; } = new(
        new CheckRule(
            VerdictCodes.ReportData,
            "MarbleRun protocol, quote binding: SHA-256 of the certificate's DER (and the nonce), zero-padded to 64 bytes",
            "The quote is genuine but was issued for another certificate or nonce. Issue a new one for the certificate that is used in "
            + "this connection."),
        c => c.Expectation.ReportData == c.Said.ReportData
            ? null
            : CheckFailure.Policy(c.Expectation.ReportData.ToString(), c.Said.ReportData.ToString()));

    public static Check<CheckContext> Debug { get; } = new(
        new CheckRule(
            "package.debug",
            Source,
            "Debug is compared both ways: run a production enclave, or set Debug to true for this package in a manifest that is not for "
            + "production."),
        c => c.Package.Debug == c.Said.Debug ? null : CheckFailure.Policy(DebugText(c.Package.Debug), DebugText(c.Said.Debug)));

    public static Check<CheckContext> Tee { get; } = new(
        new CheckRule(
            "package.tee",
            Source,
            "The package names code of another kind of trusted execution environment. Add the properties of this one to the package, or "
            + "run the code there."),
        c => CheckTee(c.Package, c.Said.Tee));

    /// <summary>The checks of a quote of SGX or TDX that a package requires.</summary>
    public static ImmutableArray<Check<CheckContext>> OfDcap { get; } =
    [
        Debug,
        SgxPolicy.Attributes,
        Tee with
        {
            When = c => c.Package.Tdx is not null
                || c.Package.Snp is not null
                || (c.Tee != TeeType.Sgx && c.Package.NamesSgx)
                || c.Tee == TeeType.Unknown,
        },
        .. SgxPolicy.Checks,
        .. TdxPolicy.Checks,
    ];

    /// <summary>The checks of a report of SEV-SNP that a package requires.</summary>
    public static ImmutableArray<Check<CheckContext>> OfSnp { get; } = [Debug, Tee, .. SnpPolicy.Checks];

    public static CheckFailure? CompareHex(string? expected, string found) =>
        string.Equals(expected, found, StringComparison.OrdinalIgnoreCase) ? null : CheckFailure.Policy(expected ?? string.Empty, found);

    private static CheckFailure? CheckTee(PackageProperties package, TeeType tee)
    {
        bool isNamed = tee switch
        {
            TeeType.Tdx => package.Tdx is not null,
            TeeType.Snp => package.Snp is not null,
            TeeType.Sgx => package.NamesSgx,
            _ => false,
        };

        // The checks depend on the kind of evidence: for an unknown kind, nothing would be checked.
        bool namesNothing = tee != TeeType.Unknown && !package.NamesSgx && package.Tdx is null && package.Snp is null;
        return isNamed || namesNothing ? null : CheckFailure.Policy(Named(package), Name(tee));
    }

    private static string Named(PackageProperties package)
    {
        List<string> names = [];
        if (package.NamesSgx)
        {
            names.Add(Name(TeeType.Sgx));
        }

        if (package.Tdx is not null)
        {
            names.Add(Name(TeeType.Tdx));
        }

        if (package.Snp is not null)
        {
            names.Add(Name(TeeType.Snp));
        }

        return string.Join(" or ", names);
    }

    private static string Name(TeeType tee) => tee switch
    {
        TeeType.Tdx => "a TD",
        TeeType.Snp => "a machine of AMD SEV-SNP",
        TeeType.Sgx => "an SGX enclave",
        _ => "an unknown environment",
    };

    private static string DebugText(bool debug) => debug ? "a debug enclave" : "a production enclave";
}
