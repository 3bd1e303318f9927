using MarbleRun.Attestation.Snp;

namespace MarbleRun.Manifests.Reading;

/// <summary>The structures inside packages that MarbleRun 1.9 does not have.</summary>
internal static class PlatformShapes
{
    public static IReadOnlyList<string> SigningKeys { get; } = ["VCEK", "VLEK"];

    public static IReadOnlyList<string> ProductLines { get; } = [nameof(SnpProductLine.Milan), nameof(SnpProductLine.Genoa), nameof(SnpProductLine.Turin)];

    public static Shape Tdx { get; } = new(
        "quote.TdxProperties",
        "TdxProperties",
        new("MRTD", Form.Text),
        new("RTMR0", Form.Text),
        new("RTMR1", Form.Text),
        new("RTMR2", Form.Text),
        new("RTMR3", Form.Text),
        new("MRSEAM", Form.Text),
        new("TDAttributes", Form.Text),
        new("MRServiceTD", Form.Text),
        new("MinimumTEETCBSVN", Form.Text))
    {
        RefusesUnknownMembers = true,
    };

    public static Shape SnpTcb { get; } = new(
        "quote.SnpTcb", "SnpTcb", new("FMC", ByteForm), new("BootLoader", ByteForm), new("TEE", ByteForm), new("SNP", ByteForm), new("Microcode", ByteForm))
    {
        RefusesUnknownMembers = true,
    };

    public static Shape Snp { get; } = new(
        "quote.SnpProperties",
        "SnpProperties",
        new("Measurement", Form.Text),
        new("HostData", Form.Text),
        new("FamilyID", Form.Text),
        new("ImageID", Form.Text),
        new("MinimumGuestSVN", Form.Unsigned("uint32", uint.MaxValue)),
        new("IDKeyDigest", Form.Text),
        new("AuthorKeyDigest", Form.Text),
        new("VMPL", Form.Unsigned("uint32", uint.MaxValue)),
        new("PolicyMask", Form.Bits),
        new("Policy", Form.Bits),
        new("AllowMigrationAgent", Form.Flag),
        new("AllowSMT", Form.Flag),
        new("RequiredPlatformInfo", Form.Bits),
        new("MinimumTCB", Form.Of(SnpTcb)),
        new("MinimumLaunchTCB", Form.Of(SnpTcb)),
        new("RequireCommittedFirmware", Form.Flag),
        new("SigningKey", Form.OneOfInAnyCase(SigningKeys)),
        new("CSPID", Form.Text),
        new("AcceptedChipIDs", Form.Texts),
        new("DeniedChipIDs", Form.Texts),
        new("AcceptedProductLines", Form.ListOf(Form.OneOfInAnyCase(ProductLines))),
        new("DeniedProductLines", Form.ListOf(Form.OneOfInAnyCase(ProductLines))))
    {
        RefusesUnknownMembers = true,
    };

    public static Shape Lists { get; } = new(
        "quote.PlatformLists",
        "PlatformLists",
        new("AllowedFMSPCs", Form.Texts),
        new("DeniedFMSPCs", Form.Texts),
        new("AllowedPlatforms", Form.Texts),
        new("DeniedPlatforms", Form.Texts))
    {
        RefusesUnknownMembers = true,
    };

    private static Form ByteForm => Form.Unsigned("uint8", byte.MaxValue);
}
