using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using MarbleRun.Attestation.Checks;
using MarbleRun.Attestation.Claims;

namespace MarbleRun.Attestation.Snp;

/// <summary>
/// An attestation report of AMD SEV-SNP; its content is not verified (AMD #56860, rev. 1.58, ATTESTATION_REPORT). All numbers are
/// little-endian.
/// </summary>
/// <remarks>
/// <code>
/// 000h   4 VERSION                 0E0h  48 ID_KEY_DIGEST           1A0h  64 CHIP_ID
/// 004h   4 GUEST_SVN               110h  48 AUTHOR_KEY_DIGEST       1E0h   8 COMMITTED_TCB
/// 008h   8 POLICY                  140h  32 REPORT_ID               1E8h   4 CURRENT build, minor, major, reserved
/// 010h  16 FAMILY_ID               160h  32 REPORT_ID_MA            1ECh   4 COMMITTED build, minor, major, reserved
/// 020h  16 IMAGE_ID                180h   8 REPORTED_TCB            1F0h   8 LAUNCH_TCB
/// 030h   4 VMPL                    188h   3 CPUID family, model,    1F8h   8 LAUNCH_MIT_VECTOR (version 5)
/// 034h   4 SIGNATURE_ALGO                   stepping (version 3)    200h   8 CURRENT_MIT_VECTOR (version 5)
/// 038h   8 CURRENT_TCB             18Bh  21 reserved                208h 152 reserved
/// 040h   8 PLATFORM_INFO           050h  64 REPORT_DATA             2A0h  72 signature r
/// 048h   4 flags                   090h  48 MEASUREMENT             2E8h  72 signature s
/// 04Ch   4 reserved                0C0h  32 HOST_DATA               330h 368 reserved
/// </code>
/// </remarks>
internal sealed class SnpReport
{
    public const int Size = 0x4a0;
    public const int SignedSize = 0x2a0;
    public const int NumberSize = 72;
    public const uint OldestVersion = 2;
    public const uint CpuIdVersion = 3;
    public const uint MitigationVersion = 5;
    public const uint NewestVersion = 5;
    public const uint EcdsaP384 = 1;

    private const uint FlagsReserved = 0xffff_ffe0;

    // Guest policy: bit 17 must be one, and the bits after the last defined one (25, page swap) must be zero.
    private const ulong PolicyMustBeOne = 1UL << 17;
    private const ulong PolicyReserved = ~((1UL << 26) - 1);

    private readonly ReadOnlyMemory<byte> _bytes;

    private SnpReport(ReadOnlyMemory<byte> bytes)
    {
        _bytes = bytes;
    }

    public uint Version => UInt32(0);

    public uint GuestSvn => UInt32(0x04);

    public ulong Policy => UInt64(0x08);

    public ReadOnlySpan<byte> FamilyId => Slice(0x10, 16);

    public ReadOnlySpan<byte> ImageId => Slice(0x20, 16);

    public uint Vmpl => UInt32(0x30);

    public uint SignatureAlgorithm => UInt32(0x34);

    public ulong CurrentTcb => UInt64(0x38);

    public ulong PlatformInfo => UInt64(0x40);

    public uint Flags => UInt32(0x48);

    /// <summary>A number of <see cref="SnpSigningKey"/>, or a reserved one.</summary>
    public SnpSigningKey SigningKey => (SnpSigningKey)((Flags >> 2) & 7);

    public ReadOnlySpan<byte> ReportData => Slice(0x50, Claims.ReportData.Size);

    public ReadOnlySpan<byte> Measurement => Slice(0x90, 48);

    public ReadOnlySpan<byte> HostData => Slice(0xc0, 32);

    public ReadOnlySpan<byte> IdKeyDigest => Slice(0xe0, 48);

    public ReadOnlySpan<byte> AuthorKeyDigest => Slice(0x110, 48);

    public ReadOnlySpan<byte> ReportId => Slice(0x140, 32);

    public ReadOnlySpan<byte> MigrationAgentReportId => Slice(0x160, 32);

    public ulong ReportedTcb => UInt64(0x180);

    /// <summary>Family, model and stepping; empty before version 3.</summary>
    public ReadOnlySpan<byte> CpuId => Version >= CpuIdVersion ? Slice(0x188, 3) : [];

    public ReadOnlySpan<byte> ChipId => Slice(0x1a0, 64);

    public ulong CommittedTcb => UInt64(0x1e0);

    public Version CurrentVersion => FirmwareVersion(0x1e8);

    public Version CommittedVersion => FirmwareVersion(0x1ec);

    public ulong LaunchTcb => UInt64(0x1f0);

    public ulong? LaunchMitigations => Version >= MitigationVersion ? UInt64(0x1f8) : null;

    public ulong? CurrentMitigations => Version >= MitigationVersion ? UInt64(0x200) : null;

    public ReadOnlySpan<byte> Signed => Slice(0, SignedSize);

    /// <summary>Little-endian.</summary>
    public ReadOnlySpan<byte> SignatureR => Slice(SignedSize, NumberSize);

    /// <summary>Little-endian.</summary>
    public ReadOnlySpan<byte> SignatureS => Slice(SignedSize + NumberSize, NumberSize);

    /// <summary>The product line of the CPUID fields; null before version 3, Unknown if they do not name a known one.</summary>
    public SnpProductLine? CpuLine => CpuId is [byte family, byte model, _]
        ? (family, model) switch
        {
            (0x19, <= 0x0f) => SnpProductLine.Milan,
            (0x19, (>= 0x10 and <= 0x1f) or (>= 0xa0 and <= 0xaf)) => SnpProductLine.Genoa,
            (0x1a, <= 0x1f) => SnpProductLine.Turin,
            _ => SnpProductLine.Unknown,
        }
        : null;

    /// <summary>Reads a report of a known version, whose reserved bytes must be zero.</summary>
    public static bool TryParse(
        ReadOnlyMemory<byte> bytes, [NotNullWhen(true)] out SnpReport? report, [NotNullWhen(false)] out CheckFailure? failure)
    {
        report = null;
        if (bytes.Length != Size)
        {
            failure = bytes.IsEmpty
                ? new CheckFailure(VerdictReason.Malformed, null, "empty report")
                {
                    Remedy = "There is no evidence at all: run the service in a confidential virtual machine, or both sides in simulation.",
                }
                : CheckFailure.Malformed($"a report of exactly {Size} bytes", $"{bytes.Length} bytes");
            return false;
        }

        var candidate = new SnpReport(bytes);
        failure = candidate.CheckVersion() ?? candidate.CheckReserved();
        report = failure is null ? candidate : null;
        return failure is null;
    }

    private CheckFailure? CheckVersion()
    {
        if (Version is < OldestVersion or > NewestVersion)
        {
            string expected = $"report version {OldestVersion} to {NewestVersion}";
            string found = $"version {Version}";

            // A newer version of AMD's is distinguished from random bytes.
            return Version is > NewestVersion and < 0x100
                ? CheckFailure.Unsupported(expected, found)
                : CheckFailure.Malformed(expected, found);
        }

        if (SignatureAlgorithm != EcdsaP384)
        {
            return CheckFailure.Malformed("signature algorithm 1 (ECDSA P-384 with SHA-384)", $"algorithm {SignatureAlgorithm}");
        }

        return SigningKey is SnpSigningKey.Vcek or SnpSigningKey.Vlek or SnpSigningKey.None
            ? null
            : CheckFailure.Malformed("signing key 0 (VCEK), 1 (VLEK) or 7 (none)", $"{(int)SigningKey}");
    }

    private CheckFailure? CheckReserved()
    {
        if ((Flags & FlagsReserved) != 0)
        {
            return CheckFailure.Malformed("reserved flags of zero", $"flags 0x{Flags:x}");
        }

        if ((Policy & PolicyMustBeOne) == 0 || (Policy & PolicyReserved) != 0)
        {
            return CheckFailure.Malformed(
                "a guest policy with bit 17 of one and bits 26 to 63 of zero, as the ABI reserves them", $"policy 0x{Policy:x}");
        }

        int cpuEnd = Version >= CpuIdVersion ? 0x18b : 0x188;
        int tail = Version >= MitigationVersion ? 0x208 : 0x1f8;
        return CheckZero(0x4c, 0x50)
            ?? CheckZero(cpuEnd, 0x1a0)
            ?? CheckZero(0x1eb, 0x1ec)
            ?? CheckZero(0x1ef, 0x1f0)
            ?? CheckZero(tail, SignedSize)
            ?? CheckZero(SignedSize + SnpReportSignature.FieldSize, SignedSize + NumberSize)
            ?? CheckZero(SignedSize + NumberSize + SnpReportSignature.FieldSize, Size);
    }

    private CheckFailure? CheckZero(int start, int end)
    {
        int at = _bytes.Span[start..end].IndexOfAnyExcept((byte)0);
        return at < 0
            ? null
            : CheckFailure.Malformed(
                $"zero in the reserved bytes 0x{start:x} to 0x{end - 1:x}", $"0x{_bytes.Span[start + at]:x2} at 0x{start + at:x}");
    }

    private ReadOnlySpan<byte> Slice(int offset, int length) => _bytes.Span.Slice(offset, length);

    private uint UInt32(int offset) => BinaryPrimitives.ReadUInt32LittleEndian(_bytes.Span[offset..]);

    private ulong UInt64(int offset) => BinaryPrimitives.ReadUInt64LittleEndian(_bytes.Span[offset..]);

    private Version FirmwareVersion(int offset) => new(_bytes.Span[offset + 2], _bytes.Span[offset + 1], _bytes.Span[offset]);
}
