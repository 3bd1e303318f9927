using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using MarbleRun.Attestation.Claims;
using MarbleRun.Attestation.Collateral;

namespace MarbleRun.Attestation.Dcap;

/// <summary>The TCB levels of a family of platforms (Intel SGX and TDX PCS API, "Get TCB Info", versions 2 and 3).</summary>
internal sealed class TcbInfo
{
    private const int OldestVersion = 2;
    private const int NewestVersion = 3;
    private const int FmspcSize = 6;
    private const int PceIdSize = 2;
    private const int SeamAttributesSize = 8;

    // Major versions are one byte.
    private const int MostModules = 256;
    private const string SgxId = "SGX";
    private const string TdxId = "TDX";

    public required TeeType Tee { get; init; }

    public required DateTimeOffset IssueDate { get; init; }

    public required DateTimeOffset NextUpdate { get; init; }

    public required byte[] Fmspc { get; init; }

    public required byte[] PceId { get; init; }

    public required int EvaluationDataNumber { get; init; }

    public TdxModuleIdentity? TdxModule { get; init; }

    public ImmutableArray<TdxModuleIdentity> TdxModuleIdentities { get; init; } = [];

    /// <summary>In the order of the document: the best level first.</summary>
    public required ImmutableArray<TcbLevel> Levels { get; init; }

    /// <summary>Reads the document, whose signature must have been checked.</summary>
    public static bool TryParse(ReadOnlyMemory<byte> json, [NotNullWhen(true)] out TcbInfo? info, [NotNullWhen(false)] out string? fault) =>
        CollateralJson.TryRead(json, Read, out info, out fault);

    /// <summary>The identity of the TDX module of a major version; null if it does not exist.</summary>
    public TdxModuleIdentity? FindModule(byte majorVersion) =>
        majorVersion == 0 ? TdxModule : TdxModuleIdentities.FirstOrDefault(m => m.Id == $"{TdxId}_{majorVersion:X2}");

    private static TcbInfo Read(JsonElement root)
    {
        int version = CollateralJson.Number(root, "version", int.MaxValue);
        if (version is < OldestVersion or > NewestVersion)
        {
            throw new FormatException($"version {version}");
        }

        // Version 2 is older than TDX.
        string id = version == OldestVersion ? SgxId : CollateralJson.Text(root, "id");
        TeeType tee = id switch
        {
            SgxId => TeeType.Sgx,
            TdxId => TeeType.Tdx,
            _ => throw new FormatException($"the id {id}"),
        };
        if (CollateralJson.Number(root, "tcbType", int.MaxValue) is not 0 and int type)
        {
            throw new FormatException($"tcbType {type}, whose way to compare is not known");
        }

        return new TcbInfo
        {
            Tee = tee,
            IssueDate = CollateralJson.Time(root, "issueDate"),
            NextUpdate = CollateralJson.Time(root, "nextUpdate"),
            Fmspc = CollateralJson.Hex(root, "fmspc", FmspcSize),
            PceId = CollateralJson.Hex(root, "pceId", PceIdSize),
            EvaluationDataNumber = CollateralJson.Number(root, "tcbEvaluationDataNumber", int.MaxValue),
            TdxModule = tee == TeeType.Tdx
                ? ReadModule(CollateralJson.Member(root, "tdxModule", JsonValueKind.Object), hasLevels: false)
                : null,
            TdxModuleIdentities = tee == TeeType.Tdx && root.TryGetProperty("tdxModuleIdentities", out _)
                ? ReadModules(CollateralJson.Member(root, "tdxModuleIdentities", JsonValueKind.Array))
                : [],
            Levels = TcbLevelReader.ReadPlatformLevels(root, version, tee),
        };
    }

    private static ImmutableArray<TdxModuleIdentity> ReadModules(JsonElement array) =>
        array.GetArrayLength() <= MostModules
            ? [.. array.EnumerateArray().Select(m => ReadModule(m, hasLevels: true))]
            : throw new FormatException($"tdxModuleIdentities has {array.GetArrayLength()} entries, not {MostModules} at most");

    private static TdxModuleIdentity ReadModule(JsonElement module, bool hasLevels) => new()
    {
        Id = hasLevels ? CollateralJson.Text(module, "id") : null,
        MrSigner = CollateralJson.Hex(module, "mrsigner", TdReportBody.MeasurementSize),
        Attributes = CollateralJson.Hex(module, "attributes", SeamAttributesSize),
        AttributesMask = CollateralJson.Hex(module, "attributesMask", SeamAttributesSize),
        Levels = hasLevels ? TcbLevelReader.ReadIsvLevels(module) : [],
    };
}

/// <summary>
/// Who signed a TDX module, and its TCB levels (Intel SGX PCS API, TCB info version 3, <c>tdxModule</c> and <c>tdxModuleIdentities</c>).
/// </summary>
internal sealed class TdxModuleIdentity
{
    /// <summary>
    /// <c>TDX_</c> and the major version as two hex digits; null for <c>tdxModule</c>, which is for modules of major version 0.
    /// </summary>
    public string? Id { get; init; }

    public required byte[] MrSigner { get; init; }

    public required byte[] Attributes { get; init; }

    public required byte[] AttributesMask { get; init; }

    /// <summary>Empty for <c>tdxModule</c>.</summary>
    public ImmutableArray<IsvTcbLevel> Levels { get; init; } = [];
}
