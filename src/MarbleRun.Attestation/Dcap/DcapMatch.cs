using MarbleRun.Attestation.Checks;
using MarbleRun.Attestation.Claims;

namespace MarbleRun.Attestation.Dcap;

/// <summary>Whether genuine documents apply to the platform and the quoting enclave of a quote.</summary>
internal static class DcapMatch
{
    /// <summary>Null if the TCB info applies to this TEE and this family of platforms.</summary>
    public static CheckFailure? CheckPlatform(TcbInfo info, TeeType tee, PckExtension pck)
    {
        if (info.Tee != tee)
        {
            return Mismatch($"TCB info for {tee}", $"one for {info.Tee}");
        }

        if (!pck.Fmspc.Span.SequenceEqual(info.Fmspc))
        {
            return Mismatch($"TCB info for FMSPC {Convert.ToHexString(pck.Fmspc.Span)}", Convert.ToHexString(info.Fmspc));
        }

        return pck.PceId.Span.SequenceEqual(info.PceId)
            ? null
            : Mismatch($"TCB info for PCE-ID {Convert.ToHexString(pck.PceId.Span)}", Convert.ToHexString(info.PceId));
    }

    /// <summary>Null if the identity is for this TEE and describes the enclave that signed the quote.</summary>
    public static CheckFailure? CheckQe(QeIdentity identity, DcapQuote quote)
    {
        string id = QeIdentity.IdFor(quote.Tee);
        return identity.Id == id
            ? identity.Check(new SgxReportBody(quote.QeReport.Span))
            : Mismatch($"an identity of the enclave {id}", identity.Id);
    }

    private static CheckFailure Mismatch(string expected, string found) => new(VerdictReason.Mismatch, expected, found);
}
