using System.Buffers.Binary;
using MarbleRun.Attestation.Claims;

namespace MarbleRun.Attestation.Dcap;

/// <summary>
/// The body of a TD report in a quote, little-endian: 584 bytes for TD report 1.0, 648 for 1.5
/// (Intel TDX DCAP Quoting Library API, A.3.2 "TD Quote Body"; the same as TDREPORT_STRUCT of the Intel TDX Module ABI Specification).
/// </summary>
/// <remarks>
/// <code>
/// offset   0   16 bytes   TEE_TCB_SVN: [0] minor and [1] major version of the TDX module's SVN, [2] microcode
/// offset  16   48 bytes   MRSEAM
/// offset  64   48 bytes   MRSIGNERSEAM
/// offset 112    8 bytes   SEAMATTRIBUTES
/// offset 120    8 bytes   TDATTRIBUTES (bit 0 = DEBUG)
/// offset 128    8 bytes   XFAM
/// offset 136   48 bytes   MRTD
/// offset 184   48 bytes   MRCONFIGID
/// offset 232   48 bytes   MROWNER
/// offset 280   48 bytes   MROWNERCONFIG
/// offset 328  192 bytes   RTMR0 to RTMR3
/// offset 520   64 bytes   REPORTDATA
/// offset 584   16 bytes   1.5: TEE_TCB_SVN_2, of the TDX module that is loaded now
/// offset 600   48 bytes   1.5: MRSERVICETD
/// </code>
/// </remarks>
internal readonly ref struct TdReportBody(ReadOnlySpan<byte> bytes)
{
    public const int Size = 584;
    public const int Size15 = 648;
    public const int SvnSize = 16;
    public const int MeasurementSize = 48;
    public const int RtmrCount = 4;
    public const ulong DebugFlag = 0x01;

    internal const int MrSeamOffset = 16;
    internal const int MrSignerSeamOffset = 64;
    internal const int SeamAttributesOffset = 112;
    internal const int AttributesOffset = 120;
    internal const int XfamOffset = 128;
    internal const int MrTdOffset = 136;
    internal const int RtmrOffset = 328;
    internal const int ReportDataOffset = 520;
    private const int FlagsSize = 8;
    private const int MrConfigIdOffset = 184;
    private const int MrOwnerOffset = 232;
    private const int MrOwnerConfigOffset = 280;
    private const int MrServiceTdOffset = 600;

    private readonly ReadOnlySpan<byte> _bytes = bytes;

    public ReadOnlySpan<byte> TcbSvn => _bytes[..SvnSize];

    /// <summary>Empty in TD report 1.0.</summary>
    public ReadOnlySpan<byte> TcbSvn2 => Is15 ? _bytes.Slice(Size, SvnSize) : default;

    public ReadOnlySpan<byte> MrSignerSeam => Measurement(MrSignerSeamOffset);

    public ReadOnlySpan<byte> SeamAttributes => _bytes.Slice(SeamAttributesOffset, FlagsSize);

    private bool Is15 => _bytes.Length == Size15;

    private bool Debug => (BinaryPrimitives.ReadUInt64LittleEndian(_bytes[AttributesOffset..]) & DebugFlag) != 0;

    public QuoteClaims ToClaims()
    {
        string mrTd = Convert.ToHexStringLower(Measurement(MrTdOffset));
        return new QuoteClaims
        {
            Tee = TeeType.Tdx,
            UniqueId = mrTd,
            SignerId = string.Empty,
            ProductId = 0,
            SecurityVersion = 0,
            Debug = Debug,
            ReportData = ReportData.FromBytes(_bytes.Slice(ReportDataOffset, ReportData.Size)),
            Tdx = new TdxClaims
            {
                TeeTcbSvn = Convert.ToHexStringLower(TcbSvn),
                MrSeam = Convert.ToHexStringLower(Measurement(MrSeamOffset)),
                MrSignerSeam = Convert.ToHexStringLower(MrSignerSeam),
                SeamAttributes = Convert.ToHexStringLower(SeamAttributes),
                TdAttributes = Convert.ToHexStringLower(_bytes.Slice(AttributesOffset, FlagsSize)),
                Xfam = Convert.ToHexStringLower(_bytes.Slice(XfamOffset, FlagsSize)),
                MrTd = mrTd,
                MrConfigId = Convert.ToHexStringLower(Measurement(MrConfigIdOffset)),
                MrOwner = Convert.ToHexStringLower(Measurement(MrOwnerOffset)),
                MrOwnerConfig = Convert.ToHexStringLower(Measurement(MrOwnerConfigOffset)),
                Rtmr0 = Convert.ToHexStringLower(Measurement(RtmrOffset)),
                Rtmr1 = Convert.ToHexStringLower(Measurement(RtmrOffset + MeasurementSize)),
                Rtmr2 = Convert.ToHexStringLower(Measurement(RtmrOffset + (2 * MeasurementSize))),
                Rtmr3 = Convert.ToHexStringLower(Measurement(RtmrOffset + (3 * MeasurementSize))),
                TeeTcbSvn2 = Is15 ? Convert.ToHexStringLower(TcbSvn2) : null,
                MrServiceTd = Is15 ? Convert.ToHexStringLower(Measurement(MrServiceTdOffset)) : null,
            },
        };
    }

    private ReadOnlySpan<byte> Measurement(int offset) => _bytes.Slice(offset, MeasurementSize);
}
