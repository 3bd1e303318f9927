using System.Collections.Immutable;
using MarbleRun.Attestation;
using MarbleRun.Manifests.Json;
using MarbleRun.Primitives;

namespace MarbleRun.Manifests.Checks;

/// <summary>
/// Checks the members of packages that MarbleRun 1.9 does not have, in all packages, used by a Marble or not: an invalid value is an error.
/// Also checks infrastructures, whose faults are warnings: a Coordinator of MarbleRun 1.9 accepts any values there.
/// </summary>
internal sealed partial class ManifestChecks
{
    private const int SvnLength = 16;
    private const int TurinChipIdLength = 8;
    private const int ChipIdLength = 64;
    private const int HashLength = 32;
    private const byte DerSequence = 0x30;
    private const uint LowestPrivilege = 3;

    private void CheckPlatforms()
    {
        foreach ((string name, PackageProperties package) in InOrder(_manifest.Packages, "Packages"))
        {
            CheckPlatform(JsonPath.Of("Packages", name), package);
        }

        foreach ((string name, InfrastructureProperties infrastructure) in InOrder(_manifest.Infrastructures, "Infrastructures"))
        {
            WarnOfInfrastructure(name, JsonPath.Of("Infrastructures", name), infrastructure);
        }
    }

    private void CheckPlatform(string path, PackageProperties package)
    {
        CheckTdx(path + ".Tdx", package.Tdx);
        CheckSnp(path + ".Snp", package.Snp);
        CheckLists(path + ".Platforms", package.Platforms);
        WarnOfMachines(path, package);
    }

    /// <summary>
    /// A section that exists must pin the code, or any machine of that kind would be accepted. Debug packages may leave everything open.
    /// </summary>
    private void CheckMachines(string what, string name, string path, PackageProperties package)
    {
        if (package.Tdx is { PinsCode: false })
        {
            Error($"{path}.Tdx", $"manifest misses value for Tdx.MRTD in {what} {name}", "Add MRTD: without it, any TD is accepted.");
        }

        if (package.Snp is { PinsCode: false })
        {
            Error(
                $"{path}.Snp",
                $"manifest misses value for Snp.Measurement in {what} {name}",
                "Add Measurement; or IDKeyDigest (or AuthorKeyDigest) with ImageID and MinimumGuestSVN. Without them, any machine is "
                + "accepted.");
        }
    }

    private void CheckTdx(string path, TdxProperties? tdx)
    {
        if (tdx is null)
        {
            return;
        }

        CheckHex(path, "MRTD", tdx.MrTd, 48);
        CheckHex(path, "RTMR0", tdx.Rtmr0, 48);
        CheckHex(path, "RTMR1", tdx.Rtmr1, 48);
        CheckHex(path, "RTMR2", tdx.Rtmr2, 48);
        CheckHex(path, "RTMR3", tdx.Rtmr3, 48);
        CheckHex(path, "MRSEAM", tdx.MrSeam, 48);
        CheckHex(path, "TDAttributes", tdx.TdAttributes, 8);
        CheckHex(path, "MRServiceTD", tdx.MrServiceTd, 48);
        CheckHex(path, "MinimumTEETCBSVN", tdx.MinimumTeeTcbSvn, SvnLength);
        if (tdx.Rtmr1 is null || tdx.Rtmr2 is null)
        {
            Warn(
                path,
                "Tdx leaves RTMR1 or RTMR2 open: any kernel, command line and initial RAM disk are accepted",
                "MRTD measures only the firmware. Add RTMR1 and RTMR2, unless the firmware itself verifies what it starts.");
        }
    }

    private void CheckSnp(string path, SnpProperties? snp)
    {
        if (snp is null)
        {
            return;
        }

        CheckHex(path, "Measurement", snp.Measurement, 48);
        CheckHex(path, "HostData", snp.HostData, 32);
        CheckHex(path, "FamilyID", snp.FamilyId, 16);
        CheckHex(path, "ImageID", snp.ImageId, 16);
        CheckHex(path, "IDKeyDigest", snp.IdKeyDigest, 48);
        CheckHex(path, "AuthorKeyDigest", snp.AuthorKeyDigest, 48);
        if (snp.Vmpl > LowestPrivilege)
        {
            Error($"{path}.VMPL", $"VMPL {snp.Vmpl} does not exist", "Use 0 (the highest privilege) to 3.");
        }

        if ((snp.Policy & ~snp.PolicyMask) != 0)
        {
            Error(
                $"{path}.Policy",
                "Policy has bits that PolicyMask leaves out, which would not be compared",
                "Set them in PolicyMask too, or clear them.");
        }

        if (snp.CspId is { Length: 0 })
        {
            Error($"{path}.CSPID", "CSPID is empty", "Use the id in the VLEK certificate, or omit the member.");
        }

        CheckChips($"{path}.AcceptedChipIDs", snp.AcceptedChipIds);
        CheckChips($"{path}.DeniedChipIDs", snp.DeniedChipIds);
    }

    private void CheckChips(string path, ImmutableArray<string> ids)
    {
        foreach (string id in Items(ids).Where(id => !HexText.Is(id, ChipIdLength) && !HexText.Is(id, TurinChipIdLength)))
        {
            Error(
                path,
                $"chip id {id} is not made of {2 * ChipIdLength} hexadecimal digits, or {2 * TurinChipIdLength} for Turin",
                "Write CHIP_ID of the report as hex, without 0x and spaces.");
        }
    }

    private void CheckLists(string path, PlatformLists? lists)
    {
        if (lists is null)
        {
            return;
        }

        CheckItems($"{path}.AllowedFMSPCs", lists.AllowedFmspcs, "FMSPC", 6);
        CheckItems($"{path}.DeniedFMSPCs", lists.DeniedFmspcs, "FMSPC", 6);
        CheckItems($"{path}.AllowedPlatforms", lists.AllowedPlatforms, "platform", HashLength);
        CheckItems($"{path}.DeniedPlatforms", lists.DeniedPlatforms, "platform", HashLength);
    }

    private void CheckItems(string path, ImmutableArray<string> items, string what, int length)
    {
        foreach (string item in Items(items).Where(item => !HexText.Is(item, length)))
        {
            Error(path, $"{what} {item} is not made of {2 * length} hexadecimal digits", HexSuggestion(length));
        }
    }

    private void CheckHex(string path, string member, string? value, int length)
    {
        if (value is not null && !HexText.Is(value, length))
        {
            Error($"{path}.{member}", $"{member} is not made of {2 * length} hexadecimal digits", HexSuggestion(length));
        }
    }

    private void WarnOfInfrastructure(string name, string path, InfrastructureProperties infrastructure)
    {
        if (infrastructure == new InfrastructureProperties())
        {
            Warn(
                path,
                $"infrastructure {name} has no requirements, so every machine matches it",
                "Add CPUSVN, QESVN, PCESVN or RootCA, or remove the entry.");
        }

        if (infrastructure.CpuSvn.Length is not (0 or SvnLength))
        {
            Warn(
                $"{path}.CPUSVN",
                $"CPUSVN has {infrastructure.CpuSvn.Length} bytes, so no machine ever matches",
                $"Write the {SvnLength} SVNs of the TCB components.");
        }

        ReadOnlySpan<byte> root = infrastructure.RootCa.Span;
        if (root.Length != HashLength && !root.IsEmpty && root[0] != DerSequence)
        {
            Warn(
                $"{path}.RootCA",
                "RootCA is neither a certificate in DER nor a SHA-256 hash, so no machine ever matches",
                "Write the root certificate, DER in base64, or its hash.");
        }
    }


    private static string HexSuggestion(int length) => $"Write the {length} bytes as hex, without 0x and spaces.";

    private static ImmutableArray<T> Items<T>(ImmutableArray<T> list) => list.IsDefault ? [] : list;
}
