using System.Collections.Immutable;
using System.Globalization;
using MarbleRun.Attestation;
using MarbleRun.Attestation.Snp;
using MarbleRun.Manifests.Json;

namespace MarbleRun.Manifests.Reading;

/// <summary>
/// The members of a package that MarbleRun 1.9 does not have. Each restricts who is let in, so that nothing in them is ignored: a member that is not known
/// is an error.
/// </summary>
internal sealed partial class ManifestReader
{
    private const string BitsPrefix = "0x";

    private TdxProperties? ReadTdx(JsonValue tdx, Place tdxPlace, TdxProperties? current) =>
        ReadOptional(tdx, tdxPlace, current, PlatformShapes.Tdx, (read, name, value, place) => name switch
        {
            "MRTD" => read with { MrTd = ReadOptionalString(value, place, read.MrTd) },
            "RTMR0" => read with { Rtmr0 = ReadOptionalString(value, place, read.Rtmr0) },
            "RTMR1" => read with { Rtmr1 = ReadOptionalString(value, place, read.Rtmr1) },
            "RTMR2" => read with { Rtmr2 = ReadOptionalString(value, place, read.Rtmr2) },
            "RTMR3" => read with { Rtmr3 = ReadOptionalString(value, place, read.Rtmr3) },
            "MRSEAM" => read with { MrSeam = ReadOptionalString(value, place, read.MrSeam) },
            "TDAttributes" => read with { TdAttributes = ReadOptionalString(value, place, read.TdAttributes) },
            "MRServiceTD" => read with { MrServiceTd = ReadOptionalString(value, place, read.MrServiceTd) },
            _ => read with { MinimumTeeTcbSvn = ReadOptionalString(value, place, read.MinimumTeeTcbSvn) },
        });

    private SnpProperties? ReadSnp(JsonValue snp, Place snpPlace, SnpProperties? current) => ReadOptional(snp, snpPlace, current, PlatformShapes.Snp, ReadSnpMember);

    private SnpProperties ReadSnpMember(SnpProperties read, string name, JsonValue value, Place place) => name switch
    {
        "Measurement" => read with { Measurement = ReadOptionalString(value, place, read.Measurement) },
        "HostData" => read with { HostData = ReadOptionalString(value, place, read.HostData) },
        "FamilyID" => read with { FamilyId = ReadOptionalString(value, place, read.FamilyId) },
        "ImageID" => read with { ImageId = ReadOptionalString(value, place, read.ImageId) },
        "MinimumGuestSVN" => read with { MinimumGuestSvn = ReadOptionalUInt32(value, place, read.MinimumGuestSvn) },
        "IDKeyDigest" => read with { IdKeyDigest = ReadOptionalString(value, place, read.IdKeyDigest) },
        "AuthorKeyDigest" => read with { AuthorKeyDigest = ReadOptionalString(value, place, read.AuthorKeyDigest) },
        "VMPL" => read with { Vmpl = ReadOptionalUInt32(value, place, read.Vmpl) },
        "PolicyMask" => read with { PolicyMask = ReadBits(value, place, read.PolicyMask) },
        "Policy" => read with { Policy = ReadBits(value, place, read.Policy) },
        "AllowMigrationAgent" => read with { AllowMigrationAgent = ReadBool(value, place, read.AllowMigrationAgent) },
        "AllowSMT" => read with { AllowSmt = ReadBool(value, place, read.AllowSmt) },
        "RequiredPlatformInfo" => read with { RequiredPlatformInfo = ReadBits(value, place, read.RequiredPlatformInfo) },
        "MinimumTCB" => read with { MinimumTcb = ReadSnpTcb(value, place, read.MinimumTcb) },
        "MinimumLaunchTCB" => read with { MinimumLaunchTcb = ReadSnpTcb(value, place, read.MinimumLaunchTcb) },
        "RequireCommittedFirmware" => read with { RequireCommittedFirmware = ReadBool(value, place, read.RequireCommittedFirmware) },
        "SigningKey" => read with { SigningKey = ReadSigningKey(value, place, read.SigningKey) },
        "CSPID" => read with { CspId = ReadOptionalString(value, place, read.CspId) },
        "AcceptedChipIDs" => read with { AcceptedChipIds = ReadStrings(value, place, read.AcceptedChipIds) },
        "DeniedChipIDs" => read with { DeniedChipIds = ReadStrings(value, place, read.DeniedChipIds) },
        "AcceptedProductLines" => read with { AcceptedProductLines = ReadProductLines(value, place, read.AcceptedProductLines) },
        _ => read with { DeniedProductLines = ReadProductLines(value, place, read.DeniedProductLines) },
    };

    private SnpTcb? ReadSnpTcb(JsonValue tcb, Place tcbPlace, SnpTcb? current) =>
        ReadOptional(tcb, tcbPlace, current, PlatformShapes.SnpTcb, (read, name, value, place) => name switch
        {
            "FMC" => read with { Fmc = value.Kind == JsonKind.Null ? null : ReadByte(value, place, read.Fmc ?? 0) },
            "BootLoader" => read with { BootLoader = ReadByte(value, place, read.BootLoader) },
            "TEE" => read with { Tee = ReadByte(value, place, read.Tee) },
            "SNP" => read with { Snp = ReadByte(value, place, read.Snp) },
            _ => read with { Microcode = ReadByte(value, place, read.Microcode) },
        });

    private PlatformLists? ReadPlatforms(JsonValue lists, Place listsPlace, PlatformLists? current) =>
        ReadOptional(lists, listsPlace, current, PlatformShapes.Lists, (read, name, value, place) => name switch
        {
            "AllowedFMSPCs" => read with { AllowedFmspcs = ReadStrings(value, place, read.AllowedFmspcs) },
            "DeniedFMSPCs" => read with { DeniedFmspcs = ReadStrings(value, place, read.DeniedFmspcs) },
            "AllowedPlatforms" => read with { AllowedPlatforms = ReadStrings(value, place, read.AllowedPlatforms) },
            _ => read with { DeniedPlatforms = ReadStrings(value, place, read.DeniedPlatforms) },
        });

    /// <summary>Reads a structure whose presence means something, even if it is empty.</summary>
    private T? ReadOptional<T>(JsonValue value, Place place, T? current, Shape shape, MemberReader<T> read)
        where T : class, new() =>
        value.Kind == JsonKind.Null ? current : ReadStructure(value, place, current ?? new T(), shape, read);

    /// <summary>Reads a string; one that is empty stays, for the checks to refuse: it must not pass for one that is absent.</summary>
    private string? ReadOptionalString(JsonValue value, Place place, string? current) =>
        value.Kind == JsonKind.Null ? current : ReadString(value, place, current ?? string.Empty);

    private uint? ReadOptionalUInt32(JsonValue value, Place place, uint? current) =>
        value.Kind == JsonKind.Null ? null : IsReadable(value, place, "uint32") ? (uint)ReadUnsigned(value, place, 0, "uint32", uint.MaxValue) : current;

    /// <summary>Reads 64 bits written as <c>0x</c> and up to 16 hexadecimal digits; numbers of JSON lose bits in many programs.</summary>
    private ulong ReadBits(JsonValue value, Place place, ulong current)
    {
        string text = ReadString(value, place, string.Empty);
        if (value.Kind != JsonKind.String)
        {
            return current;
        }

        if (text.StartsWith(BitsPrefix, StringComparison.OrdinalIgnoreCase)
            && ulong.TryParse(text.AsSpan(BitsPrefix.Length), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out ulong bits))
        {
            return bits;
        }

        Wrong(value, place, "the value is not made of 0x and up to 16 hexadecimal digits", "Write the bits as text, for instance \"0x20000\".");
        return current;
    }

    private SnpSigningKey? ReadSigningKey(JsonValue value, Place place, SnpSigningKey? current) =>
        value.Kind == JsonKind.Null ? null : ReadWord(value, place, PlatformShapes.SigningKeys) switch
        {
            "VCEK" => SnpSigningKey.Vcek,
            "VLEK" => SnpSigningKey.Vlek,
            _ => current,
        };

    private ImmutableArray<SnpProductLine> ReadProductLines(JsonValue value, Place place, ImmutableArray<SnpProductLine> current) =>
        ReadArray(value, place, current, "[]string", SnpProductLine.Unknown, (element, elementPlace, _) => ReadWord(element, elementPlace, PlatformShapes.ProductLines) switch
        {
            nameof(SnpProductLine.Milan) => SnpProductLine.Milan,
            nameof(SnpProductLine.Genoa) => SnpProductLine.Genoa,
            nameof(SnpProductLine.Turin) => SnpProductLine.Turin,
            _ => SnpProductLine.Unknown,
        });

    /// <summary>Reads one of a few words, without regard to case; null, with an error, if it is none of them.</summary>
    private string? ReadWord(JsonValue value, Place place, IReadOnlyList<string> words)
    {
        if (value.Kind != JsonKind.String)
        {
            Mismatch(value, place, "string");
            return null;
        }

        string text = value.GetString();
        string? word = words.FirstOrDefault(w => w.Equals(text, StringComparison.OrdinalIgnoreCase));
        if (word is null)
        {
            Wrong(value, place, $"unknown value {text}", Spelling.Suggest(text, words) ?? $"Write one of: {string.Join(", ", words)}.");
        }

        return word;
    }
}
