using System.Collections.Immutable;
using MarbleRun.Attestation.Checks;
using MarbleRun.Attestation.Claims;
using MarbleRun.Primitives;

namespace MarbleRun.Attestation.Policy;

/// <summary>Compares the claims of a TDX quote with the TD that a package names.</summary>
internal static class TdxPolicy
{
    // Bit 29.
    private const int MigratableByte = 3;
    private const int MigratableBit = 0x20;

    // TEE_TCB_SVN.
    private const int SvnSize = 16;

    private const string Source = "MarbleRun manifest, Packages, Tdx";
    private const string OtherImage =
        "The TD is not the one that the package names. Deploy the image that the manifest was written for, or update the package.";

    public static ImmutableArray<Check<CheckContext>> Checks { get; } =
    [
        Image("mr_td", p => p.MrTd, c => c.MrTd),
        Image("rtmr0", p => p.Rtmr0, c => c.Rtmr0),
        Image("rtmr1", p => p.Rtmr1, c => c.Rtmr1),
        Image("rtmr2", p => p.Rtmr2, c => c.Rtmr2),
        Image("rtmr3", p => p.Rtmr3, c => c.Rtmr3),
        Image("mr_seam", p => p.MrSeam, c => c.MrSeam),
        Image("td_attributes", p => p.TdAttributes, c => c.TdAttributes),
        Image("mr_service_td", p => p.MrServiceTd, c => c.MrServiceTd ?? "a TD report 1.0, which does not tell it"),
        Make(
            new CheckRule(
                "package.tdx.tee_tcb_svn",
                Source,
                "The TDX module or microcode is older than the package allows. Update the machine and restart the TD."),
            p => !string.IsNullOrEmpty(p.MinimumTeeTcbSvn),
            CheckSvn),

        // The host chooses TDATTRIBUTES, which are not in MRTD: without this rule, it could bind its own migration TD, which gets the
        // memory.
        Make(
            new CheckRule(
                "package.tdx.migration",
                "Intel TDX Module ABI Specification, TD_ATTRIBUTES, MIGRATABLE",
                "The host can migrate the TD with a service TD of its choice. Start it without MIGRATABLE, or name the service TD in "
                + "MRServiceTD."),
            p => string.IsNullOrEmpty(p.TdAttributes) && string.IsNullOrEmpty(p.MrServiceTd),
            (_, c) => (Convert.FromHexString(c.TdAttributes)[MigratableByte] & MigratableBit) == 0
                ? null
                : CheckFailure.Policy(
                    "a TD that can't be migrated, or one whose service TD is named", $"TDATTRIBUTES {c.TdAttributes} (MIGRATABLE)")),
    ];

    private static Check<CheckContext> Image(string name, Func<TdxProperties, string?> expected, Func<TdxClaims, string> found) =>
        Make(
            new CheckRule($"package.tdx.{name}", Source, OtherImage),
            p => !string.IsNullOrEmpty(expected(p)),
            (p, c) => PackagePolicy.CompareHex(expected(p), found(c)));

    private static Check<CheckContext> Make(
        CheckRule rule, Predicate<TdxProperties> asks, Func<TdxProperties, TdxClaims, CheckFailure?> find) =>
        new(rule, c => find(c.Package.Tdx!, c.Said.Tdx!)) { When = c => c.Tee == TeeType.Tdx && c.Package.Tdx is { } tdx && asks(tdx) };

    private static CheckFailure? CheckSvn(TdxProperties properties, TdxClaims claims)
    {
        string minimum = properties.MinimumTeeTcbSvn!;
        Span<byte> required = stackalloc byte[SvnSize];
        return HexText.TryDecode(minimum, required) && TcbComparison.IsAtLeast(Convert.FromHexString(claims.TeeTcbSvn), required)
            ? null
            : CheckFailure.Policy($"{minimum} or higher in every component", claims.TeeTcbSvn);
    }
}
