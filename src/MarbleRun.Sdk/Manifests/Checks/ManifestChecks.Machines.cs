using System.Collections.Immutable;
using MarbleRun.Attestation;
using MarbleRun.Attestation.Claims;
using MarbleRun.Primitives;

namespace MarbleRun.Manifests.Checks;

/// <summary>Warns of machine properties that packages leave open, and of contradicting members that no machine can satisfy.</summary>
internal sealed partial class ManifestChecks
{
    private const string NoMachine = "so no machine ever matches";
    private const ulong TdDebugBit = 1;
    private const ulong MustBeOne = 1UL << 17;
    private const ulong Reserved = ~((1UL << 26) - 1);

    private static readonly ImmutableArray<SnpProductLine> s_lines = [SnpProductLine.Milan, SnpProductLine.Genoa, SnpProductLine.Turin];

    private static readonly ImmutableArray<(ulong Bit, string Name)> s_policyBits =
    [
        (SnpGuestPolicy.Smt, "AllowSMT"),
        (SnpGuestPolicy.MigrationAgent, "AllowMigrationAgent"),
        (SnpGuestPolicy.Debug, "Debug"),
    ];

    private void WarnOfMachines(string path, PackageProperties package)
    {
        if (package.Tdx is { } tdx)
        {
            WarnOfTdx(path + ".Tdx", package.Debug, tdx);
        }

        if (package.Snp is { } snp)
        {
            WarnOfOpenSnp(path + ".Snp", snp);
            WarnOfSnpPolicy(path + ".Snp", package.Debug, snp);
            WarnOfSnpPlatforms(path + ".Snp", snp);
        }

        if (package.Platforms is { } lists)
        {
            WarnOfDenied(path + ".Platforms.AllowedFMSPCs", lists.AllowedFmspcs, lists.DeniedFmspcs);
            WarnOfDenied(path + ".Platforms.AllowedPlatforms", lists.AllowedPlatforms, lists.DeniedPlatforms);
        }
    }

    private void WarnOfTdx(string path, bool debug, TdxProperties tdx)
    {
        if (tdx.TdAttributes is { } attributes
            && HexText.Is(attributes, 8)
            && ((Convert.FromHexString(attributes)[0] & TdDebugBit) != 0) != debug)
        {
            Warn(
                path + ".TDAttributes",
                $"TDAttributes says {(debug ? "no debug" : "debug")} where the package's Debug is {(debug ? "true" : "false")}, "
                + $"{NoMachine}",
                "Use the attributes of the intended TD (bit 0 of the first byte is debug), or change Debug.");
        }
    }

    /// <summary>
    /// A measurement covers the memory at launch: not the age of the firmware below, nor the component in the machine that requested the
    /// report.
    /// </summary>
    private void WarnOfOpenSnp(string path, SnpProperties snp)
    {
        List<string> open = [];
        if (snp.MinimumTcb is null)
        {
            open.Add("the level of its firmware (MinimumTCB)");
        }

        if (snp.Vmpl is null)
        {
            open.Add("the privilege level that requested the report (VMPL)");
        }

        if (open.Count == 0)
        {
            return;
        }

        if (string.IsNullOrEmpty(snp.HostData))
        {
            open.Add("the host's data at launch (HostData)");
        }

        Warn(
            path,
            $"Snp leaves open {string.Join(", ", open)}",
            "AMD publishes no TCB status: without MinimumTCB, firmware with known vulnerabilities is accepted. Add it, and VMPL 0 unless a "
            + "paravisor is intended. Kernel, initial RAM disk and "
            + "command line are in the measurement only if the firmware was launched with kernel hashes; otherwise bind them with "
            + "HostData.");
    }

    private void WarnOfSnpPolicy(string path, bool debug, SnpProperties snp)
    {
        if ((snp.PolicyMask & MustBeOne & ~snp.Policy) != 0 || (snp.PolicyMask & Reserved & snp.Policy) != 0)
        {
            Warn(
                path + ".Policy",
                $"Policy sets bits that the ABI reserves (bit 17 is one, bits 26 to 63 are zero), {NoMachine}",
                "Remove these bits from PolicyMask, or set them as the ABI requires.");
        }

        foreach ((ulong bit, string name) in s_policyBits)
        {
            bool isSet = (snp.Policy & bit) != 0;
            bool isAllowed = bit == SnpGuestPolicy.Smt ? snp.AllowSmt : bit == SnpGuestPolicy.Debug ? debug : snp.AllowMigrationAgent;
            if ((snp.PolicyMask & bit) != 0 && isSet != isAllowed && (isSet || bit == SnpGuestPolicy.Debug))
            {
                Warn(
                    path + ".Policy",
                    $"Policy says {(isSet ? "yes" : "no")} where {name} is {(isAllowed ? "true" : "false")}, {NoMachine}",
                    $"Change Policy or {name}.");
            }
        }
    }

    private void WarnOfSnpPlatforms(string path, SnpProperties snp)
    {
        ImmutableArray<SnpProductLine> accepted = Items(snp.AcceptedProductLines).IsEmpty ? s_lines : snp.AcceptedProductLines;
        SnpProductLine[] left = [.. accepted.Except(Items(snp.DeniedProductLines))];
        if (left.Length == 0)
        {
            Warn(
                path + ".DeniedProductLines",
                $"all accepted product lines are also denied, {NoMachine}",
                "Remove one of them from a list.");
        }

        if (left.Length > 0 && !left.Contains(SnpProductLine.Turin) && (snp.MinimumTcb?.Fmc ?? snp.MinimumLaunchTcb?.Fmc) is > 0)
        {
            Warn(
                path + ".MinimumTCB.FMC",
                $"only Turin's TCB has FMC, and Turin is not accepted, {NoMachine}",
                "Remove FMC, or accept Turin.");
        }

        if (snp.CspId is { Length: > 0 } && snp.SigningKey == SnpSigningKey.Vcek)
        {
            Warn(
                path + ".CSPID",
                $"only VLEKs have a CSPID, and SigningKey is VCEK, {NoMachine}",
                "Remove CSPID, or set SigningKey to VLEK.");
        }

        WarnOfDenied(path + ".AcceptedChipIDs", snp.AcceptedChipIds, snp.DeniedChipIds);
    }

    private void WarnOfDenied(string path, ImmutableArray<string> allowed, ImmutableArray<string> denied)
    {
        if (!Items(allowed).IsEmpty && Items(allowed).All(a => Items(denied).Contains(a, StringComparer.OrdinalIgnoreCase)))
        {
            Warn(path, $"all accepted values are also denied, {NoMachine}", "Remove it from one of the lists.");
        }
    }
}
