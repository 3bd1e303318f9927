using System.Buffers.Binary;
using System.Security.Cryptography;
using MarbleRun.Attestation.Claims;
using MarbleRun.Attestation.Dcap;
using MarbleRun.Primitives;

namespace MarbleRun.Attestation.Simulation;

/// <summary>The reports of simulated enclaves and TDs, without report data.</summary>
/// <param name="Tee">The kind of report.</param>
/// <param name="Body">The report.</param>
internal sealed record SimulatedReport(TeeType Tee, byte[] Body)
{
    private const ulong InitializedFlag = 0x01;
    private const ulong Mode64Flag = 0x04;
    private const ulong LegacyXfrm = 0x03;
    private const int ModuleSvnSize = 3;

    /// <summary>The signer of the simulated quoting enclaves, 32 bytes.</summary>
    public static byte[] QeSigner => SHA256.HashData("MarbleRun simulated quoting enclave signer"u8);

    public int ReportDataOffset => Tee == TeeType.Tdx ? TdReportBody.ReportDataOffset : SgxReportBody.ReportDataOffset;

    public static ushort QeProductId(TeeType tee) => tee == TeeType.Tdx ? (ushort)2 : (ushort)1;

    public static SimulatedReport ForEnclave(AppMeasurement measurement, bool debug) => new(
        TeeType.Sgx,
        Enclave(
            ReadId(measurement.UniqueId, nameof(AppMeasurement.UniqueId), SHA256.HashSizeInBytes),
            ReadId(measurement.SignerId, nameof(AppMeasurement.SignerId), SHA256.HashSizeInBytes),
            measurement.ProductId,
            measurement.SecurityVersion,
            debug));

    public static SimulatedReport ForTd(TdMeasurement measurement, bool debug)
    {
        var body = new byte[TdReportBody.Size];

        // Module 1.1 and its microcode.
        body.AsSpan(0, ModuleSvnSize).Fill(DevelopmentAuthority.Svn);
        SHA384.HashData("MarbleRun simulated TDX module"u8, body.AsSpan(TdReportBody.MrSeamOffset));
        BinaryPrimitives.WriteUInt64LittleEndian(body.AsSpan(TdReportBody.AttributesOffset), debug ? TdReportBody.DebugFlag : 0);
        BinaryPrimitives.WriteUInt64LittleEndian(body.AsSpan(TdReportBody.XfamOffset), LegacyXfrm);
        Write(measurement.MrTd, nameof(TdMeasurement.MrTd), TdReportBody.MrTdOffset);
        string[] rtmrs = [measurement.Rtmr0, measurement.Rtmr1, measurement.Rtmr2, measurement.Rtmr3];
        for (int i = 0; i < rtmrs.Length; i++)
        {
            Write(rtmrs[i], $"RTMR{i}", TdReportBody.RtmrOffset + (i * TdReportBody.MeasurementSize));
        }

        return new SimulatedReport(TeeType.Tdx, body);

        void Write(string hex, string name, int offset) => ReadId(hex, name, TdReportBody.MeasurementSize).CopyTo(body, offset);
    }

    public static byte[] QuotingEnclave(TeeType tee) =>
        Enclave(
            SHA256.HashData("MarbleRun simulated quoting enclave"u8),
            QeSigner,
            QeProductId(tee),
            DevelopmentAuthority.Svn,
            debug: false);

    private static byte[] Enclave(byte[] mrEnclave, byte[] mrSigner, ushort productId, ushort securityVersion, bool debug)
    {
        var body = new byte[SgxReportBody.Size];
        body.AsSpan(0, SgxReportBody.CpuSvnSize).Fill(DevelopmentAuthority.Svn);
        ulong flags = InitializedFlag | Mode64Flag | (debug ? SgxReportBody.DebugFlag : 0);
        BinaryPrimitives.WriteUInt64LittleEndian(body.AsSpan(SgxReportBody.AttributesOffset), flags);
        BinaryPrimitives.WriteUInt64LittleEndian(body.AsSpan(SgxReportBody.AttributesOffset + sizeof(ulong)), LegacyXfrm);
        mrEnclave.CopyTo(body, SgxReportBody.MrEnclaveOffset);
        mrSigner.CopyTo(body, SgxReportBody.MrSignerOffset);
        BinaryPrimitives.WriteUInt16LittleEndian(body.AsSpan(SgxReportBody.ProductIdOffset), productId);
        BinaryPrimitives.WriteUInt16LittleEndian(body.AsSpan(SgxReportBody.SecurityVersionOffset), securityVersion);
        return body;
    }

    private static byte[] ReadId(string hex, string name, int size)
    {
        var id = new byte[size];
        return HexText.TryDecode(hex, id)
            ? id
            : throw new ArgumentException($"The {name} of a measurement is {size} bytes in hex, not \"{hex}\".", name);
    }
}
