using System.Buffers;
using System.Collections.Immutable;
using MarbleRun.Attestation.Dcap;

namespace MarbleRun.Attestation;

/// <summary>Compares what a TDX quote says with the TD that a package names.</summary>
internal static class TdxPolicy
{
    // Bit 29.
    private const int MigratableByte = 3;
    private const int MigratableBit = 0x20;

    private const string Source = "MarbleRun manifest, Packages, Tdx";
    private const string OtherImage = "The TD is not the one that the package names. Deploy the image that the manifest was written for, or update the package.";

    private static readonly CheckRule s_minimumSvn = new(
        "package.tdx.tee_tcb_svn",
        Source,
        "The TDX module or microcode is older than the package allows. Update the machine and start the TD anew.");

    // TDATTRIBUTES is the host's choice and no part of MRTD: without this rule it could bind a migration TD of its own, which gets the memory.
    private static readonly CheckRule s_migration = new(
        "package.tdx.migration",
        "Intel TDX Module ABI Specification, TD_ATTRIBUTES, MIGRATABLE",
        "The host may move the TD by a service TD of its choice. Start it without MIGRATABLE, or name the service TD in MRServiceTD.");

    private static readonly ImmutableArray<(CheckRule Rule, Func<TdxProperties, string?> Expected, Func<TdxClaims, string> Found)> s_equal =
    [
        (Image("mr_td"), p => p.MrTd, c => c.MrTd),
        (Image("rtmr0"), p => p.Rtmr0, c => c.Rtmr0),
        (Image("rtmr1"), p => p.Rtmr1, c => c.Rtmr1),
        (Image("rtmr2"), p => p.Rtmr2, c => c.Rtmr2),
        (Image("rtmr3"), p => p.Rtmr3, c => c.Rtmr3),
        (Image("mr_seam"), p => p.MrSeam, c => c.MrSeam),
        (Image("td_attributes"), p => p.TdAttributes, c => c.TdAttributes),
        (Image("mr_service_td"), p => p.MrServiceTd, c => c.MrServiceTd ?? "a TD report 1.0, which does not tell it"),
    ];

    /// <summary>The checks that the properties ask for, in order.</summary>
    public static IEnumerable<CheckRule> Plan(TdxProperties? properties)
    {
        if (properties is null)
        {
            yield break;
        }

        foreach ((CheckRule rule, Func<TdxProperties, string?> expected, _) in s_equal)
        {
            if (!string.IsNullOrEmpty(expected(properties)))
            {
                yield return rule;
            }
        }

        if (!string.IsNullOrEmpty(properties.MinimumTeeTcbSvn))
        {
            yield return s_minimumSvn;
        }

        if (string.IsNullOrEmpty(properties.TdAttributes) && string.IsNullOrEmpty(properties.MrServiceTd))
        {
            yield return s_migration;
        }
    }

    /// <summary>Makes one check of <see cref="Plan"/>; null if it passed.</summary>
    public static CheckFailure? Check(CheckRule rule, TdxProperties properties, TdxClaims claims)
    {
        foreach ((CheckRule equal, Func<TdxProperties, string?> expected, Func<TdxClaims, string> found) in s_equal)
        {
            if (rule == equal)
            {
                return PackagePolicy.CompareHex(expected(properties), found(claims));
            }
        }

        if (rule == s_migration)
        {
            return (Convert.FromHexString(claims.TdAttributes)[MigratableByte] & MigratableBit) == 0
                ? null
                : CheckFailure.Policy("a TD that can't be migrated, or one whose service TD is named", $"TDATTRIBUTES {claims.TdAttributes} (MIGRATABLE)");
        }

        if (rule != s_minimumSvn)
        {
            throw new ArgumentException($"{rule.Code} is not a check of TDs.", nameof(rule));
        }

        string minimum = properties.MinimumTeeTcbSvn!;
        Span<byte> required = stackalloc byte[TdReportBody.SvnSize];
        bool isReadable = minimum.Length == 2 * required.Length && Convert.FromHexString(minimum, required, out _, out _) == OperationStatus.Done;
        return isReadable && TcbComparison.IsAtLeast(Convert.FromHexString(claims.TeeTcbSvn), required)
            ? null
            : CheckFailure.Policy($"{minimum} or higher in every component", claims.TeeTcbSvn);
    }

    private static CheckRule Image(string name) => new($"package.tdx.{name}", Source, OtherImage);
}
