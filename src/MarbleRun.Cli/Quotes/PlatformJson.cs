using System.Globalization;
using System.Text.Json;
using MarbleRun.Attestation.Claims;
using MarbleRun.Cli.Output;

namespace MarbleRun.Cli.Quotes;

/// <summary>Writes the machine of an SGX or TDX quote, and its patch level.</summary>
internal static class PlatformJson
{
    public static void Write(Utf8JsonWriter writer, QuoteClaims? claims)
    {
        if (claims?.Platform is not { } platform)
        {
            return;
        }

        WritePck(writer, platform);
        writer.WriteStartObject("tcb");
        writer.WriteString("status", claims.TcbStatus.ToString());
        if (platform.TcbEvaluationDataNumber is { } number)
        {
            writer.WriteNumber("tcb_evaluation_data_number", number);
        }

        WriteLevel(writer, "platform", platform.PlatformTcb);
        WriteLevel(writer, "qe", platform.QeTcb);
        WriteLevel(writer, "tdx_module", platform.TdxModuleTcb);
        if (platform.CurrentTcbStatus is { } now)
        {
            writer.WriteString("current_status", now.ToString());
        }

        WriteLevel(writer, "current_platform", platform.CurrentPlatformTcb);
        WriteLevel(writer, "current_tdx_module", platform.CurrentTdxModuleTcb);
        writer.WriteEndObject();
    }

    public static void WritePck(Utf8JsonWriter writer, DcapPlatform platform)
    {
        writer.WriteStartObject("pck");
        writer.WriteString("fmspc", platform.Fmspc);
        writer.WriteString("pceid", platform.PceId);
        writer.WriteStartArray("tcb_components");
        foreach (byte component in platform.TcbComponents)
        {
            writer.WriteNumberValue(component);
        }

        writer.WriteEndArray();
        writer.WriteNumber("pcesvn", platform.PceSvn);
        writer.WriteString("sgx_type", platform.SgxType switch
        {
            0 => "Standard",
            1 => "Scalable",
            2 => "ScalableWithIntegrity",
            _ => platform.SgxType.ToString(CultureInfo.InvariantCulture),
        });
        writer.WriteString("ppid_sha256", platform.PpidHash);
        if (platform.PlatformInstanceIdHash is { } instance)
        {
            writer.WriteString("platform_instance_id_sha256", instance);
        }

        writer.WriteString("root_ca_sha256", platform.RootCaHash);
        writer.WriteEndObject();
    }

    private static void WriteLevel(Utf8JsonWriter writer, string name, TcbLevelClaims? level)
    {
        if (level is null)
        {
            return;
        }

        writer.WriteStartObject(name);
        writer.WriteString("status", level.Status.ToString());
        writer.WriteString("date", UtcTime.Of(level.Date));
        JsonTexts.Write(writer, "advisory_ids", level.Advisories);
        writer.WriteEndObject();
    }
}
