using MarbleRun.Attestation.Claims;

namespace MarbleRun.Attestation.Snp;

/// <summary>The claims of a report.</summary>
internal static class SnpReportClaims
{
    /// <summary>The claims of an unverified report.</summary>
    public static QuoteClaims Of(SnpReport report) => new()
    {
        Tee = TeeType.Snp,
        UniqueId = Convert.ToHexStringLower(report.Measurement),
        SignerId = Convert.ToHexStringLower(report.IdKeyDigest),
        ProductId = 0,

        // GUEST_SVN has 32 bits. The policy uses all of them; this is the nearest number of 16 bits.
        SecurityVersion = (ushort)Math.Min(report.GuestSvn, ushort.MaxValue),
        Debug = (report.Policy & SnpGuestPolicy.Debug) != 0,
        ReportData = ReportData.FromBytes(report.ReportData),
        Snp = Fields(report),
    };

    private static SnpClaims Fields(SnpReport report)
    {
        ReadOnlySpan<byte> cpu = report.CpuId;
        return new SnpClaims
        {
            Version = report.Version,
            GuestSvn = report.GuestSvn,
            Policy = report.Policy,
            FamilyId = Convert.ToHexStringLower(report.FamilyId),
            ImageId = Convert.ToHexStringLower(report.ImageId),
            Vmpl = report.Vmpl,
            SignatureAlgorithm = report.SignatureAlgorithm,
            CurrentTcb = report.CurrentTcb,
            PlatformInfo = report.PlatformInfo,
            Flags = report.Flags,
            ReportData = Convert.ToHexStringLower(report.ReportData),
            Measurement = Convert.ToHexStringLower(report.Measurement),
            HostData = Convert.ToHexStringLower(report.HostData),
            IdKeyDigest = Convert.ToHexStringLower(report.IdKeyDigest),
            AuthorKeyDigest = Convert.ToHexStringLower(report.AuthorKeyDigest),
            ReportId = Convert.ToHexStringLower(report.ReportId),
            MigrationAgentReportId = Convert.ToHexStringLower(report.MigrationAgentReportId),
            ReportedTcb = report.ReportedTcb,
            CpuFamily = cpu.IsEmpty ? null : cpu[0],
            CpuModel = cpu.IsEmpty ? null : cpu[1],
            CpuStepping = cpu.IsEmpty ? null : cpu[2],
            ChipId = Convert.ToHexStringLower(report.ChipId),
            CommittedTcb = report.CommittedTcb,
            CurrentVersion = report.CurrentVersion,
            CommittedVersion = report.CommittedVersion,
            LaunchTcb = report.LaunchTcb,
            LaunchMitigations = report.LaunchMitigations,
            CurrentMitigations = report.CurrentMitigations,
            ProductLine = report.CpuLine is SnpProductLine.Unknown ? null : report.CpuLine,
        };
    }
}
