using System.Collections.Immutable;
using MarbleRun.Attestation;
using MarbleRun.Attestation.Claims;

namespace MarbleRun.Manifests.Reading;

/// <summary>
/// The structures inside packages that MarbleRun 1.9 does not have. Each restricts which code is admitted, so nothing in them is ignored:
/// an unknown member is an error.
/// </summary>
internal static class PlatformShapes
{
    private static readonly Form<ImmutableArray<SnpProductLine>> s_productLines = Form.ListOf(
        Form.Word(
            (nameof(SnpProductLine.Milan), SnpProductLine.Milan),
            (nameof(SnpProductLine.Genoa), SnpProductLine.Genoa),
            (nameof(SnpProductLine.Turin), SnpProductLine.Turin)));

    private static readonly Form<ulong?> s_uint32 = Form.OptionalUnsigned("uint32", uint.MaxValue);

    public static Shape<TdxProperties> Tdx { get; } = new Shape<TdxProperties>("quote.TdxProperties", "TdxProperties")
    {
        RefusesUnknownMembers = true,
    }
        .With("MRTD", Form.OptionalText, t => t.MrTd, (t, v) => t with { MrTd = v })
        .With("RTMR0", Form.OptionalText, t => t.Rtmr0, (t, v) => t with { Rtmr0 = v })
        .With("RTMR1", Form.OptionalText, t => t.Rtmr1, (t, v) => t with { Rtmr1 = v })
        .With("RTMR2", Form.OptionalText, t => t.Rtmr2, (t, v) => t with { Rtmr2 = v })
        .With("RTMR3", Form.OptionalText, t => t.Rtmr3, (t, v) => t with { Rtmr3 = v })
        .With("MRSEAM", Form.OptionalText, t => t.MrSeam, (t, v) => t with { MrSeam = v })
        .With("TDAttributes", Form.OptionalText, t => t.TdAttributes, (t, v) => t with { TdAttributes = v })
        .With("MRServiceTD", Form.OptionalText, t => t.MrServiceTd, (t, v) => t with { MrServiceTd = v })
        .With("MinimumTEETCBSVN", Form.OptionalText, t => t.MinimumTeeTcbSvn, (t, v) => t with { MinimumTeeTcbSvn = v });

    public static Shape<SnpTcb> SnpTcb { get; } = new Shape<SnpTcb>("quote.SnpTcb", "SnpTcb") { RefusesUnknownMembers = true }
        .With("FMC", Form.OptionalByte, t => t.Fmc, (t, v) => t with { Fmc = v })
        .With("BootLoader", Form.Byte, t => t.BootLoader, (t, v) => t with { BootLoader = v })
        .With("TEE", Form.Byte, t => t.Tee, (t, v) => t with { Tee = v })
        .With("SNP", Form.Byte, t => t.Snp, (t, v) => t with { Snp = v })
        .With("Microcode", Form.Byte, t => t.Microcode, (t, v) => t with { Microcode = v });

    public static Shape<SnpProperties> Snp { get; } = new Shape<SnpProperties>("quote.SnpProperties", "SnpProperties")
    {
        RefusesUnknownMembers = true,
    }
        .With("Measurement", Form.OptionalText, s => s.Measurement, (s, v) => s with { Measurement = v })
        .With("HostData", Form.OptionalText, s => s.HostData, (s, v) => s with { HostData = v })
        .With("FamilyID", Form.OptionalText, s => s.FamilyId, (s, v) => s with { FamilyId = v })
        .With("ImageID", Form.OptionalText, s => s.ImageId, (s, v) => s with { ImageId = v })
        .With("MinimumGuestSVN", s_uint32, s => s.MinimumGuestSvn, (s, v) => s with { MinimumGuestSvn = (uint?)v })
        .With("IDKeyDigest", Form.OptionalText, s => s.IdKeyDigest, (s, v) => s with { IdKeyDigest = v })
        .With("AuthorKeyDigest", Form.OptionalText, s => s.AuthorKeyDigest, (s, v) => s with { AuthorKeyDigest = v })
        .With("VMPL", s_uint32, s => s.Vmpl, (s, v) => s with { Vmpl = (uint?)v })
        .With("PolicyMask", Form.Bits, s => s.PolicyMask, (s, v) => s with { PolicyMask = v })
        .With("Policy", Form.Bits, s => s.Policy, (s, v) => s with { Policy = v })
        .With("AllowMigrationAgent", Form.Flag, s => s.AllowMigrationAgent, (s, v) => s with { AllowMigrationAgent = v })
        .With("AllowSMT", Form.Flag, s => s.AllowSmt, (s, v) => s with { AllowSmt = v })
        .With("RequiredPlatformInfo", Form.Bits, s => s.RequiredPlatformInfo, (s, v) => s with { RequiredPlatformInfo = v })
        .With("MinimumTCB", Form.Optional(SnpTcb), s => s.MinimumTcb, (s, v) => s with { MinimumTcb = v })
        .With("MinimumLaunchTCB", Form.Optional(SnpTcb), s => s.MinimumLaunchTcb, (s, v) => s with { MinimumLaunchTcb = v })
        .With("RequireCommittedFirmware", Form.Flag, s => s.RequireCommittedFirmware, (s, v) => s with { RequireCommittedFirmware = v })
        .With(
            "SigningKey",
            Form.OptionalWord(("VCEK", SnpSigningKey.Vcek), ("VLEK", SnpSigningKey.Vlek)),
            s => s.SigningKey,
            (s, v) => s with { SigningKey = v })
        .With("CSPID", Form.OptionalText, s => s.CspId, (s, v) => s with { CspId = v })
        .With("AcceptedChipIDs", Form.Texts, s => s.AcceptedChipIds, (s, v) => s with { AcceptedChipIds = v })
        .With("DeniedChipIDs", Form.Texts, s => s.DeniedChipIds, (s, v) => s with { DeniedChipIds = v })
        .With("AcceptedProductLines", s_productLines, s => s.AcceptedProductLines, (s, v) => s with { AcceptedProductLines = v })
        .With("DeniedProductLines", s_productLines, s => s.DeniedProductLines, (s, v) => s with { DeniedProductLines = v });

    public static Shape<PlatformLists> Lists { get; } = new Shape<PlatformLists>("quote.PlatformLists", "PlatformLists")
    {
        RefusesUnknownMembers = true,
    }
        .With("AllowedFMSPCs", Form.Texts, l => l.AllowedFmspcs, (l, v) => l with { AllowedFmspcs = v })
        .With("DeniedFMSPCs", Form.Texts, l => l.DeniedFmspcs, (l, v) => l with { DeniedFmspcs = v })
        .With("AllowedPlatforms", Form.Texts, l => l.AllowedPlatforms, (l, v) => l with { AllowedPlatforms = v })
        .With("DeniedPlatforms", Form.Texts, l => l.DeniedPlatforms, (l, v) => l with { DeniedPlatforms = v });
}
