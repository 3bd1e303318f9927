using MarbleRun.Primitives;

namespace MarbleRun.Attestation.Collateral;

/// <summary>
/// Names an Intel platform as its quotes do (Intel SGX ECDSA Quote Library API, A.4, QE certification data type 1 to 3). All is hex, bytes
/// in the order of the quote.
/// </summary>
/// <param name="QeId">The platform as its quoting enclave names it: the first 16 bytes of the header's user data.</param>
/// <param name="CpuSvn">16 bytes.</param>
/// <param name="PceSvn">2 bytes, little-endian.</param>
/// <param name="PceId">2 bytes, little-endian.</param>
public sealed record PckCertificateRequest(string QeId, string CpuSvn, string PceSvn, string PceId)
{
    /// <summary>
    /// The PPID encrypted for Intel's service with RSA-3072 and OAEP, 384 bytes; null where the quote does not have it. It is another one
    /// each time, and Intel's service answers by it: what was answered to one ciphertext is not an answer to another.
    /// </summary>
    public string? EncryptedPpid { get; init; }

    /// <summary>What is made into addresses and file names must not be able to lead elsewhere.</summary>
    /// <exception cref="ArgumentException">A member is not what it should be.</exception>
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
