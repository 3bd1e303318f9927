using System.Globalization;
using System.Text.Json;

namespace MarbleRun.Attestation.Claims;

/// <summary>The claims of a report as JSON.</summary>
internal static class SnpClaimsJson
{
    public static void Write(SnpClaims claims, Utf8JsonWriter writer)
    {
        writer.WriteStartObject();
        writer.WriteNumber("version", claims.Version);
        writer.WriteNumber("guest_svn", claims.GuestSvn);
        WriteBits(writer, "policy", claims.Policy);
        writer.WriteString("family_id", claims.FamilyId);
        writer.WriteString("image_id", claims.ImageId);
        writer.WriteNumber("vmpl", claims.Vmpl);
        writer.WriteNumber("signature_algo", claims.SignatureAlgorithm);
        WriteTcb(writer, "current_tcb", claims.CurrentTcb, claims.CurrentTcbParts);
        WriteBits(writer, "platform_info", claims.PlatformInfo);
        WriteBits(writer, "flags", claims.Flags);
        writer.WriteString("report_data", claims.ReportData);
        writer.WriteString("measurement", claims.Measurement);
        writer.WriteString("host_data", claims.HostData);
        writer.WriteString("id_key_digest", claims.IdKeyDigest);
        writer.WriteString("author_key_digest", claims.AuthorKeyDigest);
        writer.WriteString("report_id", claims.ReportId);
        writer.WriteString("report_id_ma", claims.MigrationAgentReportId);
        WriteTcb(writer, "reported_tcb", claims.ReportedTcb, claims.ReportedTcbParts);
        WriteNumber(writer, "cpuid_family", claims.CpuFamily);
        WriteNumber(writer, "cpuid_model", claims.CpuModel);
        WriteNumber(writer, "cpuid_stepping", claims.CpuStepping);
        writer.WriteString("chip_id", claims.ChipId);
        WriteTcb(writer, "committed_tcb", claims.CommittedTcb, claims.CommittedTcbParts);
        writer.WriteString("current_version", claims.CurrentVersion.ToString());
        writer.WriteString("committed_version", claims.CommittedVersion.ToString());
        WriteTcb(writer, "launch_tcb", claims.LaunchTcb, claims.LaunchTcbParts);
        WriteBits(writer, "launch_mit_vector", claims.LaunchMitigations);
        WriteBits(writer, "current_mit_vector", claims.CurrentMitigations);
        writer.WriteBoolean("author_key_en", (claims.Flags & 1) != 0);
        writer.WriteBoolean("mask_chip_key", (claims.Flags & 2) != 0);
        writer.WriteString("signing_key", Name(claims.SigningKey));
        writer.WriteBoolean("debug_allowed", claims.Debug);
        writer.WriteEndObject();
    }

    /// <summary>The usual name of the kind of key.</summary>
    public static string Name(SnpSigningKey key) => key switch
    {
        SnpSigningKey.Vcek => "VCEK",
        SnpSigningKey.Vlek => "VLEK",
        _ => "none",
    };

    private static void WriteBits(Utf8JsonWriter writer, string name, ulong? value)
    {
        if (value is not null)
        {
            writer.WriteString(name, string.Create(CultureInfo.InvariantCulture, $"0x{value:x}"));
        }
    }

    private static void WriteNumber(Utf8JsonWriter writer, string name, byte? value)
    {
        if (value is { } number)
        {
            writer.WriteNumber(name, number);
        }
    }

    private static void WriteTcb(Utf8JsonWriter writer, string name, ulong value, SnpTcb? parts)
    {
        writer.WriteString(name, string.Create(CultureInfo.InvariantCulture, $"{value:x16}"));
        if (parts is null)
        {
            return;
        }

        writer.WriteStartObject($"{name}_parts");
        WriteNumber(writer, "fmc", parts.Fmc);
        writer.WriteNumber("boot_loader", parts.BootLoader);
        writer.WriteNumber("tee", parts.Tee);
        writer.WriteNumber("snp", parts.Snp);
        writer.WriteNumber("microcode", parts.Microcode);
        writer.WriteEndObject();
    }
}
