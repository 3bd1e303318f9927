using MarbleRun.Primitives;

namespace MarbleRun.Attestation.Collateral;

/// <summary>
/// Identifies an Intel platform as its quotes do (Intel SGX ECDSA Quote Library API, A.4, QE certification data type 1 to 3). All values
/// are hex, in the byte order of the quote.
/// </summary>
/// <param name="QeId">The platform's identifier by its quoting enclave: the first 16 bytes of the header's user data.</param>
/// <param name="CpuSvn">16 bytes.</param>
/// <param name="PceSvn">2 bytes, little-endian.</param>
/// <param name="PceId">2 bytes, little-endian.</param>
public sealed record PckCertificateRequest(string QeId, string CpuSvn, string PceSvn, string PceId)
{
    /// <summary>
    /// The PPID encrypted for Intel's service with RSA-3072 and OAEP, 384 bytes; null if the quote does not contain it. The ciphertext
    /// differs each time, and Intel's service identifies the platform by it, so an answer for one ciphertext is not valid for another one.
    /// </summary>
    public string? EncryptedPpid { get; init; }

    /// <summary>Checks the values, because addresses and file names are built from them.</summary>
    /// <exception cref="ArgumentException">A member is invalid.</exception>
    internal void ThrowIfInvalid()
    {
        bool isValid = HexText.Is(QeId, 16)
            && HexText.Is(CpuSvn, 16)
            && HexText.Is(PceSvn, 2)
            && HexText.Is(PceId, 2)
            && (EncryptedPpid is null || HexText.Is(EncryptedPpid, 384));
        if (!isValid)
        {
            throw new ArgumentException(
                "A request names QE id and CPUSVN of 16 bytes, PCESVN and PCE-ID of 2, and an encrypted PPID of 384 or none, in hex.");
        }
    }
}
