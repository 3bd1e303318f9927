using System.Diagnostics.CodeAnalysis;
using System.Formats.Asn1;
using MarbleRun.Attestation.Claims;
using MarbleRun.Attestation.X509;

namespace MarbleRun.Attestation.Snp;

/// <summary>
/// The claims of a VCEK or VLEK certificate about its platform (AMD #57230, Versioned Chip Endorsement Key Certificate and KDS Interface
/// Specification, 3.1).
/// </summary>
internal sealed class VekExtensions
{
    public const string Root = "1.3.6.1.4.1.3704.1";

    private const string StructVersionOid = Root + ".1";
    private const string ProductNameOid = Root + ".2";
    private const string LevelOid = Root + ".3.";
    private const string HardwareIdOid = Root + ".4";
    private const string CspIdOid = Root + ".5";
    private const int LongestName = 128;

    // The last number of the level's object identifier, for each byte of TCB_VERSION from the lowest.
    private static ReadOnlySpan<byte> LegacyLevels => [1, 2, 4, 5, 6, 7, 3, 8];

    private static ReadOnlySpan<byte> TurinLevels => [9, 1, 2, 3, 5, 6, 7, 8];

    private VekExtensions(SnpProductLine line, string productName, ulong tcb, ReadOnlyMemory<byte> hardwareId, string? cspId)
    {
        ProductLine = line;
        ProductName = productName;
        Tcb = tcb;
        HardwareId = hardwareId;
        CspId = cspId;
    }

    public SnpProductLine ProductLine { get; }

    /// <summary>The product line, in older certificates with the stepping (<c>Milan-B0</c>).</summary>
    public string ProductName { get; }

    /// <summary>The levels as a TCB_VERSION of the product line.</summary>
    public ulong Tcb { get; }

    /// <summary>The chip of a VCEK: 64 bytes, for Turin 8; empty for a VLEK.</summary>
    public ReadOnlyMemory<byte> HardwareId { get; }

    /// <summary>The cloud provider of a VLEK; null for a VCEK.</summary>
    public string? CspId { get; }

    public SnpSigningKey Kind => CspId is null ? SnpSigningKey.Vcek : SnpSigningKey.Vlek;

    /// <summary>Reads the extensions of a certificate whose form was checked.</summary>
    public static bool TryRead(
        Certificate certificate, [NotNullWhen(true)] out VekExtensions? extensions, [NotNullWhen(false)] out string? fault) =>
        DerReader.TryRead(() => Read(certificate.Extensions.Others), out extensions, out fault);

    private static VekExtensions Read(IReadOnlyDictionary<string, ReadOnlyMemory<byte>> values)
    {
        string product = ReadText(values, ProductNameOid);
        SnpProductLine line = ToLine(product);
        DerReader.Require(line != SnpProductLine.Unknown, "The product name is not known.");
        bool isTurin = line == SnpProductLine.Turin;
        DerReader.Require(
            ReadByte(values, StructVersionOid) == (isTurin ? 1 : 0), "The version of the extensions is not that of the product line.");
        bool hasHardwareId = values.ContainsKey(HardwareIdOid);
        DerReader.Require(hasHardwareId != values.ContainsKey(CspIdOid), "There must be either a hardware id (VCEK) or a CSP id (VLEK).");
        return new VekExtensions(
            line,
            product,
            ReadTcb(values, isTurin),
            hasHardwareId ? ReadHardwareId(values[HardwareIdOid], isTurin ? 8 : 64) : default,
            hasHardwareId ? null : ReadText(values, CspIdOid));
    }

    private static SnpProductLine ToLine(string product) => product.Split('-')[0] switch
    {
        "Milan" => SnpProductLine.Milan,
        "Genoa" or "Bergamo" or "Siena" => SnpProductLine.Genoa,
        "Turin" => SnpProductLine.Turin,
        _ => SnpProductLine.Unknown,
    };

    private static ulong ReadTcb(IReadOnlyDictionary<string, ReadOnlyMemory<byte>> values, bool isTurin)
    {
        ReadOnlySpan<byte> levels = isTurin ? TurinLevels : LegacyLevels;
        ulong tcb = 0;
        int stated = 0;
        for (int i = 0; i < levels.Length; i++)
        {
            tcb |= (ulong)ReadByte(values, $"{LevelOid}{levels[i]}") << (8 * i);
        }

        foreach (string oid in values.Keys)
        {
            stated += oid.StartsWith(LevelOid, StringComparison.Ordinal) ? 1 : 0;
        }

        DerReader.Require(stated == levels.Length, "There is a TCB level that the product line does not have.");
        return tcb;
    }

    // Some certificates hold the id itself as the extension's value, others an OCTET STRING with it; the lengths tell them apart.
    private static ReadOnlyMemory<byte> ReadHardwareId(ReadOnlyMemory<byte> value, int length)
    {
        if (value.Length != length)
        {
            var reader = new AsnReader(value, AsnEncodingRules.DER);
            value = reader.ReadOctetString();
            reader.ThrowIfNotEmpty();
        }

        DerReader.Require(value.Length == length, $"The hardware id does not have {length} bytes.");
        return value;
    }

    private static byte ReadByte(IReadOnlyDictionary<string, ReadOnlyMemory<byte>> values, string oid)
    {
        AsnReader reader = Require(values, oid);
        DerReader.Require(
            reader.TryReadInt32(out int number) && number is >= 0 and <= byte.MaxValue,
            $"The extension {oid} is not a number from 0 to 255.");
        reader.ThrowIfNotEmpty();
        return (byte)number;
    }

    private static string ReadText(IReadOnlyDictionary<string, ReadOnlyMemory<byte>> values, string oid)
    {
        AsnReader reader = Require(values, oid);
        string text = reader.ReadCharacterString(UniversalTagNumber.IA5String);
        reader.ThrowIfNotEmpty();
        DerReader.Require(
            text.Length is > 0 and <= LongestName && text.All(c => c is >= ' ' and <= '~'),
            $"The extension {oid} is not a printable name.");
        return text;
    }

    private static AsnReader Require(IReadOnlyDictionary<string, ReadOnlyMemory<byte>> values, string oid)
    {
        DerReader.Require(values.TryGetValue(oid, out ReadOnlyMemory<byte> value), $"The extension {oid} is missing.");
        return new AsnReader(value, AsnEncodingRules.DER);
    }
}
