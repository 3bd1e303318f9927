using System.Text.Json;
using MarbleRun.Attestation.Claims;

namespace MarbleRun.Cli.Quotes;

/// <summary>Writes the fields of SGX and TDX reports with the names of Intel's specifications.</summary>
internal static class DcapClaimsJson
{
    public static void Write(Utf8JsonWriter writer, QuoteClaims claims)
    {
        if (claims.Tdx is { } tdx)
        {
            WriteTdx(writer, tdx);
        }
        else if (claims.Sgx is { } sgx)
        {
            writer.WriteString("cpu_svn", sgx.CpuSvn);
            writer.WriteNumber("misc_select", sgx.MiscSelect);
            writer.WriteString("attributes", sgx.Attributes);
            writer.WriteString("mr_enclave", claims.UniqueId);
            writer.WriteString("mr_signer", claims.SignerId);
            writer.WriteNumber("isv_prod_id", claims.ProductId);
            writer.WriteNumber("isv_svn", claims.SecurityVersion);
        }

        writer.WriteString("report_data", claims.ReportData.ToString());
        writer.WriteBoolean("debug", claims.Debug);
    }

    private static void WriteTdx(Utf8JsonWriter writer, TdxClaims tdx)
    {
        writer.WriteString("tee_tcb_svn", tdx.TeeTcbSvn);
        writer.WriteString("mr_seam", tdx.MrSeam);
        writer.WriteString("mr_signer_seam", tdx.MrSignerSeam);
        writer.WriteString("seam_attributes", tdx.SeamAttributes);
        writer.WriteString("td_attributes", tdx.TdAttributes);
        writer.WriteString("xfam", tdx.Xfam);
        writer.WriteString("mr_td", tdx.MrTd);
        writer.WriteString("mr_config_id", tdx.MrConfigId);
        writer.WriteString("mr_owner", tdx.MrOwner);
        writer.WriteString("mr_owner_config", tdx.MrOwnerConfig);
        writer.WriteString("rtmr0", tdx.Rtmr0);
        writer.WriteString("rtmr1", tdx.Rtmr1);
        writer.WriteString("rtmr2", tdx.Rtmr2);
        writer.WriteString("rtmr3", tdx.Rtmr3);
        if (tdx.TeeTcbSvn2 is { } svn)
        {
            writer.WriteString("tee_tcb_svn2", svn);
        }

        if (tdx.MrServiceTd is { } service)
        {
            writer.WriteString("mr_service_td", service);
        }
    }
}
