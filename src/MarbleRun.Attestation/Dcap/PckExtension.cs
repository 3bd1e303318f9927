using System.Diagnostics.CodeAnalysis;
using System.Formats.Asn1;
using MarbleRun.Attestation.X509;

namespace MarbleRun.Attestation.Dcap;

/// <summary>
/// The SGX extension that makes a certificate a PCK certificate: the platform and its TCB (Intel SGX PCK Certificate and CRL Profile
/// Specification, 1.3.5).
/// </summary>
internal sealed class PckExtension
{
    public const string Oid = "1.2.840.113741.1.13.1";
    public const string PpidOid = Oid + ".1";
    public const string TcbOid = Oid + ".2";
    public const string PceSvnOid = TcbOid + ".17";
    public const string CpuSvnOid = TcbOid + ".18";
    public const string PceIdOid = Oid + ".3";
    public const string FmspcOid = Oid + ".4";
    public const string SgxTypeOid = Oid + ".5";
    public const string PlatformInstanceIdOid = Oid + ".6";
    public const string ConfigurationOid = Oid + ".7";
    public const string DynamicPlatformOid = ConfigurationOid + ".1";
    public const string CachedKeysOid = ConfigurationOid + ".2";
    public const string SmtEnabledOid = ConfigurationOid + ".3";
    public const int ComponentCount = 16;

    private const int PpidSize = 16;
    private const int PlatformInstanceIdSize = 16;
    private const int PceIdSize = 2;
    private const int FmspcSize = 6;

    /// <summary>The platform's provisioning id, 16 bytes.</summary>
    public required ReadOnlyMemory<byte> Ppid { get; init; }

    /// <summary>The SVNs of the TCB components 1 to 16.</summary>
    public required ReadOnlyMemory<byte> TcbComponents { get; init; }

    /// <summary>The SVN of the provisioning certification enclave.</summary>
    public required ushort PceSvn { get; init; }

    /// <summary>The raw CPUSVN, 16 bytes.</summary>
    public required ReadOnlyMemory<byte> CpuSvn { get; init; }

    /// <summary>The id of the provisioning certification enclave, 2 bytes.</summary>
    public required ReadOnlyMemory<byte> PceId { get; init; }

    /// <summary>Family, model, stepping, platform type and custom SKU, 6 bytes.</summary>
    public required ReadOnlyMemory<byte> Fmspc { get; init; }

    /// <summary>0 Standard, 1 Scalable, 2 ScalableWithIntegrity.</summary>
    public required int SgxType { get; init; }

    /// <summary>16 bytes; only machines that can have several sockets have it.</summary>
    public ReadOnlyMemory<byte>? PlatformInstanceId { get; init; }

    public bool? DynamicPlatform { get; init; }

    public bool? CachedKeys { get; init; }

    public bool? SmtEnabled { get; init; }

    /// <summary>Reads the extension's value.</summary>
    public static bool TryParse(
        ReadOnlyMemory<byte> der, [NotNullWhen(true)] out PckExtension? extension, [NotNullWhen(false)] out string? fault) =>
        DerReader.TryRead(() => Parse(der), out extension, out fault);

    private static PckExtension Parse(ReadOnlyMemory<byte> der)
    {
        Dictionary<string, AsnReader> fields = ReadFields(new AsnReader(der, AsnEncodingRules.DER));
        Dictionary<string, AsnReader> tcb = ReadFields(Field(fields, TcbOid));
        var components = new byte[ComponentCount];
        for (int i = 0; i < ComponentCount; i++)
        {
            components[i] = (byte)ReadNumber(tcb, $"{TcbOid}.{i + 1}", byte.MaxValue);
        }

        ReadOnlySpan<byte> type = Field(fields, SgxTypeOid).ReadEnumeratedBytes().Span;
        DerReader.Require(type.Length == 1 && type[0] < 0x80, $"The field {SgxTypeOid} is not a number of 0 to 127.");
        Dictionary<string, AsnReader> configuration = fields.TryGetValue(ConfigurationOid, out AsnReader? c) ? ReadFields(c) : [];
        return new PckExtension
        {
            Ppid = ReadBytes(fields, PpidOid, PpidSize),
            TcbComponents = components,
            PceSvn = (ushort)ReadNumber(tcb, PceSvnOid, ushort.MaxValue),
            CpuSvn = ReadBytes(tcb, CpuSvnOid, SgxReportBody.CpuSvnSize),
            PceId = ReadBytes(fields, PceIdOid, PceIdSize),
            Fmspc = ReadBytes(fields, FmspcOid, FmspcSize),
            SgxType = type[0],
            PlatformInstanceId = fields.ContainsKey(PlatformInstanceIdOid)
                ? ReadBytes(fields, PlatformInstanceIdOid, PlatformInstanceIdSize)
                : null,
            DynamicPlatform = ReadFlag(configuration, DynamicPlatformOid),
            CachedKeys = ReadFlag(configuration, CachedKeysOid),
            SmtEnabled = ReadFlag(configuration, SmtEnabledOid),
        };
    }

    // SEQUENCE OF SEQUENCE { OBJECT IDENTIFIER, ANY }; unknown fields are allowed, duplicates are not.
    private static Dictionary<string, AsnReader> ReadFields(AsnReader reader)
    {
        var fields = new Dictionary<string, AsnReader>(StringComparer.Ordinal);
        AsnReader list = reader.ReadSequence();
        reader.ThrowIfNotEmpty();
        while (list.HasData)
        {
            DerReader.RequireFew(fields.Count + 1);
            AsnReader field = list.ReadSequence();
            string oid = DerReader.ReadObjectIdentifier(field);
            DerReader.Require(fields.TryAdd(oid, field), $"The field {oid} occurs twice.");
        }

        return fields;
    }

    private static AsnReader Field(Dictionary<string, AsnReader> fields, string oid)
    {
        DerReader.Require(fields.TryGetValue(oid, out AsnReader? field), $"The field {oid} is missing.");
        return field;
    }

    private static byte[] ReadBytes(Dictionary<string, AsnReader> fields, string oid, int size)
    {
        byte[] bytes = Field(fields, oid).ReadOctetString();
        DerReader.Require(bytes.Length == size, $"The field {oid} is not {size} bytes long.");
        return bytes;
    }

    private static bool? ReadFlag(Dictionary<string, AsnReader> fields, string oid) =>
        fields.TryGetValue(oid, out AsnReader? field) ? field.ReadBoolean() : null;

    private static uint ReadNumber(Dictionary<string, AsnReader> fields, string oid, uint most)
    {
        DerReader.Require(
            Field(fields, oid).TryReadUInt32(out uint number) && number <= most, $"The field {oid} is not a number of 0 to {most}.");
        return number;
    }
}
