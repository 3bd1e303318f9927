using System.Text.Json;

namespace MarbleRun.Attestation.Claims;

/// <summary>
/// The fields of a report of AMD SEV-SNP (AMD #56860, ATTESTATION_REPORT), and the claims of its verified certificates. Byte strings are
/// lower-case hex in the order of the bytes.
/// </summary>
public sealed record SnpClaims
{
    /// <summary>VERSION of the report's layout.</summary>
    public required uint Version { get; init; }

    /// <summary>GUEST_SVN: the security version that the machine's owner gave.</summary>
    public required uint GuestSvn { get; init; }

    /// <summary>POLICY: what the machine's owner allows the platform to do; bit 16 SMT, bit 18 migration agent, bit 19 debug.</summary>
    public required ulong Policy { get; init; }

    /// <summary>FAMILY_ID, 16 bytes.</summary>
    public required string FamilyId { get; init; }

    /// <summary>IMAGE_ID, 16 bytes.</summary>
    public required string ImageId { get; init; }

    /// <summary>VMPL: the privilege level that asked for the report.</summary>
    public required uint Vmpl { get; init; }

    /// <summary>SIGNATURE_ALGO: 1 is ECDSA P-384 with SHA-384.</summary>
    public required uint SignatureAlgorithm { get; init; }

    /// <summary>CURRENT_TCB: the firmware that runs, as a number.</summary>
    public required ulong CurrentTcb { get; init; }

    /// <summary>PLATFORM_INFO: how the platform is configured.</summary>
    public required ulong PlatformInfo { get; init; }

    /// <summary>The flags AUTHOR_KEY_EN (bit 0), MASK_CHIP_KEY (bit 1) and SIGNING_KEY (bits 2 to 4).</summary>
    public required uint Flags { get; init; }

    /// <summary>REPORT_DATA, 64 bytes.</summary>
    public required string ReportData { get; init; }

    /// <summary>MEASUREMENT, 48 bytes.</summary>
    public required string Measurement { get; init; }

    /// <summary>HOST_DATA, 32 bytes.</summary>
    public required string HostData { get; init; }

    /// <summary>ID_KEY_DIGEST, 48 bytes; zero if there was no id block.</summary>
    public required string IdKeyDigest { get; init; }

    /// <summary>AUTHOR_KEY_DIGEST, 48 bytes; zero if there was no author key.</summary>
    public required string AuthorKeyDigest { get; init; }

    /// <summary>REPORT_ID, 32 bytes.</summary>
    public required string ReportId { get; init; }

    /// <summary>REPORT_ID_MA, 32 bytes; all bits set if there is no migration agent.</summary>
    public required string MigrationAgentReportId { get; init; }

    /// <summary>REPORTED_TCB: the firmware that the signing key is derived for, as a number.</summary>
    public required ulong ReportedTcb { get; init; }

    /// <summary>CPUID_FAM_ID, from version 3 on.</summary>
    public byte? CpuFamily { get; init; }

    /// <summary>CPUID_MOD_ID, from version 3 on.</summary>
    public byte? CpuModel { get; init; }

    /// <summary>CPUID_STEP, from version 3 on.</summary>
    public byte? CpuStepping { get; init; }

    /// <summary>CHIP_ID, 64 bytes; on Turin, only the first 8 identify the chip. Zero if the host hides it.</summary>
    public required string ChipId { get; init; }

    /// <summary>COMMITTED_TCB: the oldest firmware that the host can go back to, as a number.</summary>
    public required ulong CommittedTcb { get; init; }

    /// <summary>The version of the firmware that runs: major, minor, build.</summary>
    public required Version CurrentVersion { get; init; }

    /// <summary>The version of the firmware that is committed: major, minor, build.</summary>
    public required Version CommittedVersion { get; init; }

    /// <summary>LAUNCH_TCB: the firmware at the machine's launch, as a number.</summary>
    public required ulong LaunchTcb { get; init; }

    /// <summary>LAUNCH_MIT_VECTOR: the mitigations at the machine's launch, from version 5 on.</summary>
    public ulong? LaunchMitigations { get; init; }

    /// <summary>CURRENT_MIT_VECTOR: the mitigations now, from version 5 on.</summary>
    public ulong? CurrentMitigations { get; init; }

    /// <summary>SIGNING_KEY of <see cref="Flags"/>.</summary>
    public SnpSigningKey SigningKey => (SnpSigningKey)((Flags >> 2) & 7);

    /// <summary>Whether the host may read and change the machine's memory (POLICY, bit 19).</summary>
    public bool Debug => (Policy & SnpGuestPolicy.Debug) != 0;

    /// <summary>
    /// The product line: from the verified certificates, or, before they are verified, from the report; null if the report does not state
    /// it.
    /// </summary>
    public SnpProductLine? ProductLine { get; init; }

    /// <summary>The cloud provider in a verified VLEK certificate; null without one.</summary>
    public string? CspId { get; init; }

    /// <summary><see cref="ReportedTcb"/> split into its parts; null if the product line is unknown.</summary>
    public SnpTcb? ReportedTcbParts => Parts(ReportedTcb);

    /// <summary><see cref="LaunchTcb"/> split into its parts; null if the product line is unknown.</summary>
    public SnpTcb? LaunchTcbParts => Parts(LaunchTcb);

    /// <summary><see cref="CurrentTcb"/> split into its parts; null if the product line is unknown.</summary>
    public SnpTcb? CurrentTcbParts => Parts(CurrentTcb);

    /// <summary><see cref="CommittedTcb"/> split into its parts; null if the product line is unknown.</summary>
    public SnpTcb? CommittedTcbParts => Parts(CommittedTcb);

    /// <summary>
    /// Writes the report's fields as one JSON object, under AMD's names in lower case (<c>host_data</c>). TCBs are 16 hex digits, most
    /// significant byte first, with their parts beside them (<c>reported_tcb_parts</c>); <c>policy</c>, <c>platform_info</c>, <c>flags</c>
    /// and the mitigations are hex with <c>0x</c>.
    /// </summary>
    /// <param name="writer">The writer; it must expect a value.</param>
    public void WriteTo(Utf8JsonWriter writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        SnpClaimsJson.Write(this, writer);
    }

    private SnpTcb? Parts(ulong tcb) => ProductLine is { } line ? SnpTcb.Read(tcb, line) : null;
}
