using System.Globalization;
using MarbleRun.Attestation.Claims;

namespace MarbleRun.Tests.Attestation.Dcap;

/// <summary>The fields of claims under the names of the vectors.</summary>
internal static class QuoteFields
{
    public static Dictionary<string, string> Of(QuoteClaims claims)
    {
        var fields = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["debug"] = claims.Debug ? "true" : "false",
            ["report_data"] = claims.ReportData.ToString(),
        };
        if (claims.Sgx is { } sgx)
        {
            fields["cpu_svn"] = sgx.CpuSvn;
            fields["misc_select"] = sgx.MiscSelect.ToString(CultureInfo.InvariantCulture);
            fields["attributes"] = sgx.Attributes;
            fields["mr_enclave"] = claims.UniqueId;
            fields["mr_signer"] = claims.SignerId;
            fields["isv_prod_id"] = claims.ProductId.ToString(CultureInfo.InvariantCulture);
            fields["isv_svn"] = claims.SecurityVersion.ToString(CultureInfo.InvariantCulture);
        }

        if (claims.Tdx is { } tdx)
        {
            fields["tee_tcb_svn"] = tdx.TeeTcbSvn;
            fields["mr_seam"] = tdx.MrSeam;
            fields["mr_signer_seam"] = tdx.MrSignerSeam;
            fields["seam_attributes"] = tdx.SeamAttributes;
            fields["td_attributes"] = tdx.TdAttributes;
            fields["xfam"] = tdx.Xfam;
            fields["mr_td"] = tdx.MrTd;
            fields["mr_config_id"] = tdx.MrConfigId;
            fields["mr_owner"] = tdx.MrOwner;
            fields["mr_owner_config"] = tdx.MrOwnerConfig;
            fields["rtmr0"] = tdx.Rtmr0;
            fields["rtmr1"] = tdx.Rtmr1;
            fields["rtmr2"] = tdx.Rtmr2;
            fields["rtmr3"] = tdx.Rtmr3;
            fields["tee_tcb_svn2"] = tdx.TeeTcbSvn2 ?? "absent";
            fields["mr_service_td"] = tdx.MrServiceTd ?? "absent";
        }

        return fields;
    }
}
