using System.Diagnostics.CodeAnalysis;
using MarbleRun.Attestation.Checks;
using MarbleRun.Attestation.Claims;

namespace MarbleRun.Attestation.Dcap;

/// <summary>
/// A quote of Intel SGX (version 3 or 4) or Intel TDX (version 4 or 5), split into its parts; its content is not verified (Intel SGX ECDSA
/// Quote Library API, A.4 "Quote Format"; Intel TDX DCAP Quoting Library API, A.3 "Version 4" and A.4 "Version 5 Quote Format").
/// </summary>
/// <remarks>
/// <code>
/// header    48 bytes   u16 version, u16 attestation key type 2 (ECDSA P-256), u32 TEE type (0 SGX, 0x81 TDX), 4 bytes of SVNs or reserved,
///                      16 bytes QE vendor, 20 bytes user data
///            6 bytes   version 5 only: u16 type of the body (1 SGX, 2 TD report 1.0, 3 TD report 1.5), u32 its length
/// body     384 bytes   SGX report body, or 584 bytes TD report 1.0, or 648 bytes TD report 1.5
///            4 bytes   length of the signature data that follows
///           64 bytes   signature by the attestation key over all before that length, r then s, big-endian
///           64 bytes   attestation key, x then y, big-endian
///            6 bytes   version 4 and 5 only: u16 certification data type 6, u32 length of all that follows
///          384 bytes   report body of the quoting enclave
///           64 bytes   signature by the PCK over the quoting enclave's report
///            2 bytes   length, then the quoting enclave's authentication data
///            6 bytes   u16 certification data type, u32 length, then the certification data
/// </code>
/// </remarks>
internal sealed class DcapQuote
{
    public const int HeaderSize = 48;
    public const int SignatureSize = 64;
    public const int KeySize = 64;
    public const ushort SgxVersion = 3;
    public const ushort TdxVersion = 4;
    public const ushort NewestVersion = 5;
    public const ushort EcdsaP256KeyType = 2;
    public const uint SgxTeeType = 0;
    public const uint TdxTeeType = 0x81;
    public const ushort PemChainType = 5;
    public const ushort QeReportType = 6;

    public required ushort Version { get; init; }

    public required TeeType Tee { get; init; }

    /// <summary>The header.</summary>
    public required ReadOnlyMemory<byte> Header { get; init; }

    /// <summary>The type of the body that version 5 states, or null.</summary>
    public ushort? BodyType { get; init; }

    /// <summary>
    /// The report that the quote is about: <see cref="SgxReportBody"/> or <see cref="TdReportBody"/>, by <see cref="Tee"/>.
    /// </summary>
    public required ReadOnlyMemory<byte> Body { get; init; }

    /// <summary>The bytes that the attestation key signs.</summary>
    public required ReadOnlyMemory<byte> Signed { get; init; }

    public required ReadOnlyMemory<byte> Signature { get; init; }

    public required ReadOnlyMemory<byte> AttestationKey { get; init; }

    public required ReadOnlyMemory<byte> QeReport { get; init; }

    public required ReadOnlyMemory<byte> QeSignature { get; init; }

    public required ReadOnlyMemory<byte> QeAuthenticationData { get; init; }

    public required ushort CertificationType { get; init; }

    public required ReadOnlyMemory<byte> CertificationData { get; init; }

    /// <summary>Splits a quote into its parts; every length is checked before it is used.</summary>
    public static bool TryParse(
        ReadOnlyMemory<byte> bytes, [NotNullWhen(true)] out DcapQuote? quote, [NotNullWhen(false)] out CheckFailure? failure) =>
        DcapQuoteReader.TryRead(bytes, out quote, out failure);

    /// <summary>The claims of the quote.</summary>
    public QuoteClaims ToClaims() => Tee == TeeType.Tdx ? new TdReportBody(Body.Span).ToClaims() : new SgxReportBody(Body.Span).ToClaims();
}
