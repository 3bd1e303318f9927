using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace MarbleRun.Attestation.Dcap;

/// <summary>
/// What stands in an SGX or TDX quote, for people and for choosing what to expect of it. Nothing of it was verified: only a <see cref="Verdict"/> tells
/// whether it is true.
/// </summary>
public sealed record DcapQuoteContent
{
    private const int UserDataOffset = 28;

    private DcapQuoteContent(DcapQuote quote, int size)
    {
        ReadOnlySpan<byte> header = quote.Header.Span;
        Version = quote.Version;
        AttestationKeyType = BinaryPrimitives.ReadUInt16LittleEndian(header[2..]);
        TeeTypeNumber = BinaryPrimitives.ReadUInt32LittleEndian(header[4..]);
        QeVendorId = Convert.ToHexStringLower(DcapQuote.IntelVendorId);
        UserData = Convert.ToHexStringLower(header[UserDataOffset..]);
        BodyType = quote.BodyType;
        Claims = quote.ToClaims();
        QeReport = new SgxReportBody(quote.QeReport.Span).ToClaims();
        QeAuthenticationData = Convert.ToHexStringLower(quote.QeAuthenticationData.Span);
        CertificationDataType = quote.CertificationType;
        CertificationData = quote.CertificationData;
        Size = size;
        if (quote.CertificationType == DcapQuote.PemChainType
            && PckChain.TryReadPem(quote.CertificationData.Span, out PckChain? chain, out _)
            && chain.CheckPck() is null)
        {
            Platform = DcapVerification.Describe(chain, quote);
        }
    }

    /// <summary>The version of the quote: 3, 4 or 5.</summary>
    public ushort Version { get; }

    /// <summary>The kind of attestation key: 2 is ECDSA P-256.</summary>
    public ushort AttestationKeyType { get; }

    /// <summary>The TEE type as it stands in the header: 0 is SGX, 0x81 TDX.</summary>
    public uint TeeTypeNumber { get; }

    /// <summary>The vendor of the quoting enclave, 16 bytes, lower-case hex.</summary>
    public string QeVendorId { get; }

    /// <summary>The quoting enclave's own data in the header, 20 bytes, lower-case hex.</summary>
    public string UserData { get; }

    /// <summary>The type of the report: 1 SGX, 2 TD report 1.0, 3 TD report 1.5; null before version 5, which is the first to tell.</summary>
    public ushort? BodyType { get; }

    /// <summary>What the quote says.</summary>
    public QuoteClaims Claims { get; }

    /// <summary>What the quoting enclave's report says of that enclave.</summary>
    public QuoteClaims QeReport { get; }

    /// <summary>The quoting enclave's authentication data, lower-case hex.</summary>
    public string QeAuthenticationData { get; }

    /// <summary>How the platform is named: 5 is a PCK certificate chain.</summary>
    public ushort CertificationDataType { get; }

    /// <summary>The certification data as it stands in the quote.</summary>
    public ReadOnlyMemory<byte> CertificationData { get; }

    /// <summary>The length of the quote with what follows it, in bytes.</summary>
    public int Size { get; }

    /// <summary>What the PCK certificate says; null if the quote carries none that can be read.</summary>
    public DcapPlatform? Platform { get; }

    /// <summary>The certification data as text, if it is a chain in PEM, else empty.</summary>
    public string PckCertificateChain => CertificationDataType == DcapQuote.PemChainType ? Encoding.ASCII.GetString(CertificationData.Span).TrimEnd('\0') : string.Empty;

    /// <summary>Reads a quote.</summary>
    /// <param name="quote">Any bytes.</param>
    /// <param name="content">What stands in it.</param>
    /// <param name="fault">What is wrong with its form, a sentence without its end.</param>
    /// <returns>Whether the quote has the form of an SGX or TDX quote.</returns>
    public static bool TryRead(Quote quote, [NotNullWhen(true)] out DcapQuoteContent? content, [NotNullWhen(false)] out string? fault)
    {
        ArgumentNullException.ThrowIfNull(quote);
        if (!DcapQuote.TryParse(quote.RawData, out DcapQuote? parsed, out CheckFailure? failure))
        {
            content = null;
            fault = failure.Expected is null ? failure.Found : $"expected {failure.Expected}, found {failure.Found}";
            return false;
        }

        content = new DcapQuoteContent(parsed, quote.RawData.Length);
        fault = null;
        return true;
    }
}
