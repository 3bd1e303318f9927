using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;
using MarbleRun.Attestation.Claims;
using MarbleRun.Attestation.Collateral;

namespace MarbleRun.Attestation.Dcap;

/// <summary>Reads <c>tcbLevels</c>, which TCB info, QE identity and TDX module identities all have.</summary>
internal static class TcbLevelReader
{
    private const int OldVersion = 2;

    // Intel's lists have about 20.
    private const int MostLevels = 256;

    // They have up to 28.
    private const int MostAdvisories = 256;

    /// <summary>
    /// Reads the levels of platforms, which must be ordered from best to worst: the first one that a platform reaches is its level.
    /// </summary>
    public static ImmutableArray<TcbLevel> ReadPlatformLevels(JsonElement parent, int version, TeeType tee)
    {
        ImmutableArray<TcbLevel> levels = Read(parent, (level, tcb) => new TcbLevel
        {
            SgxComponents = version == OldVersion ? ReadNumberedComponents(tcb) : ReadComponents(tcb, "sgxtcbcomponents"),
            PceSvn = (ushort)CollateralJson.Number(tcb, "pcesvn", ushort.MaxValue),
            TdxComponents = tee == TeeType.Tdx ? ReadComponents(tcb, "tdxtcbcomponents") : [],
            Claims = ReadClaims(level),
        });
        for (int i = 1; i < levels.Length; i++)
        {
            for (int j = 0; j < i; j++)
            {
                if (levels[i].Covers(levels[j]) && !levels[j].Covers(levels[i]))
                {
                    throw new FormatException(
                        $"tcbLevels are out of order: a platform that reaches entry {i + 1} reaches entry {j + 1} before");
                }
            }
        }

        return levels;
    }

    public static ImmutableArray<IsvTcbLevel> ReadIsvLevels(JsonElement parent) =>
        Read(parent, (level, tcb) => new IsvTcbLevel((ushort)CollateralJson.Number(tcb, "isvsvn", ushort.MaxValue), ReadClaims(level)));

    private static ImmutableArray<T> Read<T>(JsonElement parent, Func<JsonElement, JsonElement, T> read)
    {
        JsonElement array = CollateralJson.Member(parent, "tcbLevels", JsonValueKind.Array);
        return array.GetArrayLength() is > 0 and <= MostLevels
            ? [.. array.EnumerateArray().Select(l => read(l, CollateralJson.Member(l, "tcb", JsonValueKind.Object)))]
            : throw new FormatException($"tcbLevels has {array.GetArrayLength()} entries, not 1 to {MostLevels}");
    }

    private static ImmutableArray<byte> ReadComponents(JsonElement tcb, string name)
    {
        JsonElement array = CollateralJson.Member(tcb, name, JsonValueKind.Array);
        return array.GetArrayLength() == PckExtension.ComponentCount
            ? [.. array.EnumerateArray().Select(c => (byte)CollateralJson.Number(c, "svn", byte.MaxValue))]
            : throw new FormatException($"{name} has {array.GetArrayLength()} entries, not {PckExtension.ComponentCount}");
    }

    private static ImmutableArray<byte> ReadNumberedComponents(JsonElement tcb) =>
    [
        .. Enumerable.Range(1, PckExtension.ComponentCount)
            .Select(
                i => (byte)CollateralJson.Number(tcb, string.Create(CultureInfo.InvariantCulture, $"sgxtcbcomp{i:00}svn"), byte.MaxValue)),
    ];

    private static TcbLevelClaims ReadClaims(JsonElement level)
    {
        ImmutableArray<string> advisories = level.TryGetProperty("advisoryIDs", out JsonElement list)
            ? list.ValueKind == JsonValueKind.Array
                && list.GetArrayLength() <= MostAdvisories
                && list.EnumerateArray().All(a => a.ValueKind == JsonValueKind.String)
                ? [.. list.EnumerateArray().Select(a => a.GetString()!)]
                : throw new FormatException($"advisoryIDs is not a list of at most {MostAdvisories} strings")
            : [];
        return new TcbLevelClaims(ReadStatus(CollateralJson.Text(level, "tcbStatus")), CollateralJson.Time(level, "tcbDate"))
        {
            Advisories = advisories,
        };
    }

    // Intel SGX PCS API, tcbStatus. Other names must not be accepted only because the enumeration has them.
    private static TcbStatus ReadStatus(string text) => text switch
    {
        nameof(TcbStatus.UpToDate) => TcbStatus.UpToDate,
        nameof(TcbStatus.SWHardeningNeeded) => TcbStatus.SWHardeningNeeded,
        nameof(TcbStatus.ConfigurationNeeded) => TcbStatus.ConfigurationNeeded,
        nameof(TcbStatus.ConfigurationAndSWHardeningNeeded) => TcbStatus.ConfigurationAndSWHardeningNeeded,
        nameof(TcbStatus.OutOfDate) => TcbStatus.OutOfDate,
        nameof(TcbStatus.OutOfDateConfigurationNeeded) => TcbStatus.OutOfDateConfigurationNeeded,
        nameof(TcbStatus.Revoked) => TcbStatus.Revoked,
        _ => TcbStatus.Unrecognized,
    };
}
