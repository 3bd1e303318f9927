using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Globalization;
using MarbleRun.Attestation.Checks;
using MarbleRun.Attestation.Claims;

namespace MarbleRun.Attestation.Policy;

/// <summary>Compares the claims of an SGX quote with the enclave that a package names.</summary>
internal static class SgxPolicy
{
    // Bits 4 and 5: the enclave may have the keys that provision attestation keys, and the key that decides which enclaves start.
    private const ulong ProvisionKeyFlag = 0x10;
    private const ulong LaunchKeyFlag = 0x20;

    /// <summary>
    /// An application does not need the keys that these two flags enable: they identify the machine and launch other enclaves. The rule
    /// belongs to the package; Intel's rules of verification do not contain it.
    /// </summary>
    public static Check<CheckContext> Attributes { get; } = new(
        new CheckRule(
            "package.attributes",
            "Intel 64 and IA-32 Architectures Software Developer's Manual, Vol. 3D, ATTRIBUTES",
            "Build the enclave without PROVISION_KEY and EINITTOKEN_KEY: those are for the enclaves that provision and launch others, not "
            + "for applications."),
        c => CheckAttributes(c.Said.Sgx))
    {
        When = c => c.Tee == TeeType.Sgx && c.Package.NamesSgx,
    };

    public static ImmutableArray<Check<CheckContext>> Checks { get; } =
    [
        Make(
            "package.unique_id",
            "The code is not the code that the package names. Deploy the build that the manifest was written for, or update the package's "
            + "UniqueID.",
            p => !string.IsNullOrEmpty(p.UniqueId),
            (p, c) => PackagePolicy.CompareHex(p.UniqueId, c.UniqueId)),
        Make(
            "package.signer_id",
            "The code was signed with another key. Sign it with the expected key, or correct the package's SignerID.",
            p => !string.IsNullOrEmpty(p.SignerId),
            (p, c) => PackagePolicy.CompareHex(p.SignerId, c.SignerId)),
        Make(
            "package.product_id",
            "The signer gave the code another product number. Deploy the expected product, or correct the package's ProductID.",
            p => p.ProductId is not null,
            (p, c) => p.ProductId == c.ProductId ? null : CheckFailure.Policy(Number(p.ProductId), Number(c.ProductId))),
        Make(
            "package.security_version",
            "The code is older than the package allows. Deploy a newer build.",
            p => p.SecurityVersion is not null,
            (p, c) => c.SecurityVersion >= p.SecurityVersion
                ? null
                : CheckFailure.Policy($"{Number(p.SecurityVersion)} or higher", Number(c.SecurityVersion))),
    ];

    private static Check<CheckContext> Make(
        string code, string remedy, Predicate<PackageProperties> asks, Func<PackageProperties, QuoteClaims, CheckFailure?> find) =>
        new(new CheckRule(code, PackagePolicy.Source, remedy), c => find(c.Package, c.Said))
        {
            When = c => c.Tee != TeeType.Tdx && asks(c.Package),
        };

    private static CheckFailure? CheckAttributes(SgxClaims? sgx)
    {
        ulong flags = sgx is null ? 0 : BinaryPrimitives.ReadUInt64LittleEndian(Convert.FromHexString(sgx.Attributes));
        return (flags & (ProvisionKeyFlag | LaunchKeyFlag)) == 0
            ? null
            : CheckFailure.Policy("an enclave without PROVISION_KEY and EINITTOKEN_KEY", $"ATTRIBUTES {sgx!.Attributes}");
    }

    private static string Number(ulong? value) => value.GetValueOrDefault().ToString(CultureInfo.InvariantCulture);
}
