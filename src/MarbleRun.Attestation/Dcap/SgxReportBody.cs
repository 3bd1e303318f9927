using System.Buffers.Binary;
using MarbleRun.Attestation.Claims;

namespace MarbleRun.Attestation.Dcap;

/// <summary>The body of an SGX report, 384 bytes, little-endian (Intel SGX ECDSA Quote Library API, A.4 "Enclave Report Body").</summary>
/// <remarks>
/// <code>
/// offset   0   16 bytes   CPUSVN
/// offset  16    4 bytes   MISCSELECT
/// offset  48   16 bytes   ATTRIBUTES: flags (bit 1 = DEBUG, bit 4 = PROVISION_KEY, bit 5 = EINITTOKEN_KEY), XFRM
/// offset  64   32 bytes   MRENCLAVE
/// offset 128   32 bytes   MRSIGNER
/// offset 256    2 bytes   ISVPRODID
/// offset 258    2 bytes   ISVSVN
/// offset 320   64 bytes   REPORTDATA
/// </code>
/// </remarks>
internal readonly ref struct SgxReportBody(ReadOnlySpan<byte> bytes)
{
    public const int Size = 384;
    public const int CpuSvnSize = 16;
    public const ulong DebugFlag = 0x02;

    public const int AttributesSize = 16;

    internal const int AttributesOffset = 48;
    internal const int MrEnclaveOffset = 64;
    internal const int MrSignerOffset = 128;
    internal const int ProductIdOffset = 256;
    internal const int SecurityVersionOffset = 258;
    internal const int ReportDataOffset = 320;
    private const int MeasurementSize = 32;

    private const int MiscSelectOffset = 16;
    private const int FlagsSize = 4;

    private readonly ReadOnlySpan<byte> _bytes = bytes[..Size];

    public ReadOnlySpan<byte> CpuSvn => _bytes[..CpuSvnSize];

    public ReadOnlySpan<byte> MiscSelect => _bytes.Slice(MiscSelectOffset, FlagsSize);

    /// <summary>Flags and XFRM, 16 bytes.</summary>
    public ReadOnlySpan<byte> Attributes => _bytes.Slice(AttributesOffset, AttributesSize);

    public ReadOnlySpan<byte> MrEnclave => _bytes.Slice(MrEnclaveOffset, MeasurementSize);

    public ReadOnlySpan<byte> MrSigner => _bytes.Slice(MrSignerOffset, MeasurementSize);

    public ReadOnlySpan<byte> ReportData => _bytes.Slice(ReportDataOffset, Claims.ReportData.Size);

    public ushort ProductId => BinaryPrimitives.ReadUInt16LittleEndian(_bytes[ProductIdOffset..]);

    public ushort SecurityVersion => BinaryPrimitives.ReadUInt16LittleEndian(_bytes[SecurityVersionOffset..]);

    public bool Debug => (BinaryPrimitives.ReadUInt64LittleEndian(_bytes[AttributesOffset..]) & DebugFlag) != 0;

    public QuoteClaims ToClaims() => new()
    {
        Tee = TeeType.Sgx,
        UniqueId = Convert.ToHexStringLower(MrEnclave),
        SignerId = Convert.ToHexStringLower(MrSigner),
        ProductId = ProductId,
        SecurityVersion = SecurityVersion,
        Debug = Debug,
        ReportData = Claims.ReportData.FromBytes(ReportData),
        Sgx = new SgxClaims
        {
            CpuSvn = Convert.ToHexStringLower(CpuSvn),
            MiscSelect = BinaryPrimitives.ReadUInt32LittleEndian(MiscSelect),
            Attributes = Convert.ToHexStringLower(Attributes),
        },
    };
}
