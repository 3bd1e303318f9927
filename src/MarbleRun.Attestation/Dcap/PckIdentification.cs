using MarbleRun.Attestation.Collateral;

namespace MarbleRun.Attestation.Dcap;

/// <summary>
/// Certification data that names the platform instead of carrying its certificates: PPID, CPUSVN, PCESVN, PCE-ID
/// (Intel SGX ECDSA Quote Library API, A.4, QE certification data type 1: PPID in clear; 2: encrypted with RSA-2048; 3: with RSA-3072).
/// </summary>
internal static class PckIdentification
{
    private const int QeIdOffset = 28;
    private const int QeIdSize = 16;
    private const int CpuSvnSize = 16;
    private const int SvnSize = 2;
    private const int Rsa3072Type = 3;

    /// <summary>The request; null if the quote contains its certificates, or no usable identifiers.</summary>
    public static PckCertificateRequest? Of(DcapQuote quote)
    {
        int ppidSize = quote.CertificationType switch
        {
            1 => 16,
            2 => 256,
            Rsa3072Type => 384,
            _ => -1,
        };
        ReadOnlySpan<byte> data = quote.CertificationData.Span;
        if (ppidSize < 0 || data.Length != ppidSize + CpuSvnSize + SvnSize + SvnSize)
        {
            return null;
        }

        ReadOnlySpan<byte> svns = data[ppidSize..];
        return new PckCertificateRequest(
            Hex(quote.Header.Span.Slice(QeIdOffset, QeIdSize)),
            Hex(svns[..CpuSvnSize]),
            Hex(svns.Slice(CpuSvnSize, SvnSize)),
            Hex(svns.Slice(CpuSvnSize + SvnSize, SvnSize)))
        {
            // Intel's service accepts the PPID only in this form; a PCCS finds the platform without it.
            EncryptedPpid = quote.CertificationType == Rsa3072Type ? Hex(data[..ppidSize]) : null,
        };
    }

    private static string Hex(ReadOnlySpan<byte> bytes) => Convert.ToHexStringLower(bytes);
}
