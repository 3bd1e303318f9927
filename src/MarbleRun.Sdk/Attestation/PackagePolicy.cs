using System.Buffers.Binary;
using System.Globalization;
using MarbleRun.Attestation.Dcap;

namespace MarbleRun.Attestation;

/// <summary>Compares what a quote says with the code that a package names; the same for every platform.</summary>
internal static class PackagePolicy
{
    private const string Source = "MarbleRun manifest, Packages";

    public static CheckRule ReportData { get; } = new(
        "report.data",
        "MarbleRun protocol, quote binding: SHA-256 of the certificate's DER (and the nonce), zero-padded to 64 bytes",
        "The quote is genuine but was issued for another certificate or nonce. Issue a new one for the certificate that is used in this connection.");

    public static CheckRule Debug { get; } = new(
        "package.debug",
        Source,
        "Debug is compared both ways: run a production enclave, or set Debug to true for this package in a manifest that is not for production.");

    public static CheckRule Attributes { get; } = new(
        "package.attributes",
        "Intel 64 and IA-32 Architectures Software Developer's Manual, Vol. 3D, ATTRIBUTES",
        "Build the enclave without PROVISION_KEY and EINITTOKEN_KEY: those are for the enclaves that provision and launch others, not for applications.");

    public static CheckRule UniqueId { get; } = new(
        "package.unique_id",
        Source,
        "The code is not the code that the package names. Deploy the build that the manifest was written for, or update the package's UniqueID.");

    public static CheckRule SignerId { get; } = new(
        "package.signer_id",
        Source,
        "The code was signed with another key. Sign it with the expected key, or correct the package's SignerID.");

    public static CheckRule ProductId { get; } = new(
        "package.product_id",
        Source,
        "The signer gave the code another product number. Deploy the expected product, or correct the package's ProductID.");

    public static CheckRule SecurityVersion { get; } = new(
        "package.security_version",
        Source,
        "The code is older than the package allows. Deploy a newer build.");

    public static CheckRule Tee { get; } = new(
        "package.tee",
        Source,
        "The package names code of another kind of trusted execution environment. Add the properties of this one to the package, or run the code there.");

    /// <summary>The checks that a package asks for, in order.</summary>
    public static IEnumerable<CheckRule> Plan(PackageProperties package, TeeType tee)
    {
        yield return Debug;

        // A matter of the package, not of the evidence: Intel's rules of verification say nothing of it.
        if (tee == TeeType.Sgx && package.NamesSgx)
        {
            yield return Attributes;
        }

        if (package.Tdx is not null || package.Snp is not null || (tee != TeeType.Sgx && package.NamesSgx))
        {
            yield return Tee;
        }

        foreach (CheckRule rule in tee == TeeType.Tdx ? TdxPolicy.Plan(package.Tdx) : SgxPlan(package))
        {
            yield return rule;
        }
    }

    private static IEnumerable<CheckRule> SgxPlan(PackageProperties package)
    {
        if (!string.IsNullOrEmpty(package.UniqueId))
        {
            yield return UniqueId;
        }

        if (!string.IsNullOrEmpty(package.SignerId))
        {
            yield return SignerId;
        }

        if (package.ProductId is not null)
        {
            yield return ProductId;
        }

        if (package.SecurityVersion is not null)
        {
            yield return SecurityVersion;
        }
    }

    /// <summary>Makes one check of <see cref="Plan"/>; null if it passed.</summary>
    public static CheckFailure? Check(CheckRule rule, PackageProperties package, QuoteClaims claims)
    {
        if (rule == Debug)
        {
            return package.Debug == claims.Debug ? null : CheckFailure.Policy(DebugText(package.Debug), DebugText(claims.Debug));
        }

        if (rule == Attributes)
        {
            return CheckAttributes(claims.Sgx);
        }

        if (rule == Tee)
        {
            return CheckTee(package, claims);
        }

        if (claims.Tdx is { } tdx && package.Tdx is { } properties)
        {
            return TdxPolicy.Check(rule, properties, tdx);
        }

        if (rule == UniqueId)
        {
            return CompareHex(package.UniqueId, claims.UniqueId);
        }

        if (rule == SignerId)
        {
            return CompareHex(package.SignerId, claims.SignerId);
        }

        if (rule == ProductId)
        {
            return package.ProductId == claims.ProductId ? null : CheckFailure.Policy(Number(package.ProductId), Number(claims.ProductId));
        }

        if (rule == SecurityVersion)
        {
            return claims.SecurityVersion >= package.SecurityVersion
                ? null
                : CheckFailure.Policy($"{Number(package.SecurityVersion)} or higher", Number(claims.SecurityVersion));
        }

        throw new ArgumentException($"{rule.Code} is not a check of packages.", nameof(rule));
    }

    /// <summary>Compares all 64 bytes; null if they are equal.</summary>
    public static CheckFailure? CheckReportData(ReportData expected, ReportData found) =>
        expected == found ? null : CheckFailure.Policy(expected.ToString(), found.ToString());

    // An application has no use for the keys that these two open; one that asks for them wants to identify the machine or to launch others.
    private static CheckFailure? CheckAttributes(SgxClaims? sgx)
    {
        ulong flags = sgx is null ? 0 : BinaryPrimitives.ReadUInt64LittleEndian(Convert.FromHexString(sgx.Attributes));
        return (flags & (SgxReportBody.ProvisionKeyFlag | SgxReportBody.LaunchKeyFlag)) == 0
            ? null
            : CheckFailure.Policy("an enclave without PROVISION_KEY and EINITTOKEN_KEY", $"ATTRIBUTES {sgx!.Attributes}");
    }

    private static CheckFailure? CheckTee(PackageProperties package, QuoteClaims claims)
    {
        bool isNamed = claims.Tee switch
        {
            TeeType.Tdx => package.Tdx is not null,
            TeeType.Snp => package.Snp is not null,
            _ => package.NamesSgx,
        };
        bool namesNothing = !package.NamesSgx && package.Tdx is null && package.Snp is null;
        return isNamed || namesNothing ? null : CheckFailure.Policy(Named(package), Name(claims.Tee));
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
        _ => "an SGX enclave",
    };

    internal static CheckFailure? CompareHex(string? expected, string found) =>
        string.Equals(expected, found, StringComparison.OrdinalIgnoreCase) ? null : CheckFailure.Policy(expected ?? string.Empty, found);

    private static string DebugText(bool debug) => debug ? "a debug enclave" : "a production enclave";

    private static string Number(ulong? value) => value.GetValueOrDefault().ToString(CultureInfo.InvariantCulture);
}
