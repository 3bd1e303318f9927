using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Text;
using MarbleRun.Attestation.Checks;
using MarbleRun.Attestation.Claims;

namespace MarbleRun.Attestation.Dcap;

/// <summary>
/// The content of an SGX or TDX quote, to show it or to choose an expectation. It is not verified: only a <see cref="Verdict"/> states
/// whether it is true. The structure is checked when the quote is read; the values are formatted when a property is read.
/// </summary>
public sealed class DcapQuoteContent
{
    private const int UserDataOffset = 28;

    private readonly DcapQuote _quote;

    private DcapQuoteContent(DcapQuote quote, int size)
    {
        _quote = quote;
        Size = size;
    }

    /// <summary>The version of the quote: 3, 4 or 5.</summary>
    public ushort Version => _quote.Version;

    /// <summary>The kind of attestation key: 2 is ECDSA P-256.</summary>
    public ushort AttestationKeyType => BinaryPrimitives.ReadUInt16LittleEndian(_quote.Header.Span[2..]);

    /// <summary>The TEE type in the header: 0 is SGX, 0x81 TDX.</summary>
    public uint TeeTypeNumber => BinaryPrimitives.ReadUInt32LittleEndian(_quote.Header.Span[4..]);

    /// <summary>The vendor of the quoting enclave, 16 bytes, lower-case hex.</summary>
    public string QeVendorId => field ??= Convert.ToHexStringLower(IntelVendor.Id);

    /// <summary>The quoting enclave's own data in the header, 20 bytes, lower-case hex.</summary>
    public string UserData => field ??= Convert.ToHexStringLower(_quote.Header.Span[UserDataOffset..]);

    /// <summary>The type of the report: 1 SGX, 2 TD report 1.0, 3 TD report 1.5; null before version 5, which introduced it.</summary>
    public ushort? BodyType => _quote.BodyType;

    /// <summary>The claims of the quote.</summary>
    public QuoteClaims Claims => field ??= _quote.ToClaims();

    /// <summary>The claims of the quoting enclave's report.</summary>
    public QuoteClaims QeReport => field ??= new SgxReportBody(_quote.QeReport.Span).ToClaims();

    /// <summary>The quoting enclave's authentication data, lower-case hex.</summary>
    public string QeAuthenticationData => field ??= Convert.ToHexStringLower(_quote.QeAuthenticationData.Span);

    /// <summary>The type of the certification data: 5 is a PCK certificate chain.</summary>
    public ushort CertificationDataType => _quote.CertificationType;

    /// <summary>The certification data, unchanged.</summary>
    public ReadOnlyMemory<byte> CertificationData => _quote.CertificationData;

    /// <summary>The length of the quote with what follows it, in bytes.</summary>
    public int Size { get; }

    /// <summary>The values of the PCK certificate; null if the quote has no readable PCK certificate.</summary>
    public DcapPlatform? Platform => field ??= ReadPlatform();

    /// <summary>The certification data as text, if it is a chain in PEM; otherwise empty.</summary>
    public string PckCertificateChain =>
        CertificationDataType == DcapQuote.PemChainType ? Encoding.ASCII.GetString(CertificationData.Span).TrimEnd('\0') : string.Empty;

    /// <summary>Reads a quote.</summary>
    /// <param name="quote">Any bytes.</param>
    /// <param name="content">The content, or null.</param>
    /// <param name="fault">The error in its structure, without a full stop.</param>
    /// <returns>Whether the bytes have the structure of an SGX or TDX quote.</returns>
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

    private DcapPlatform? ReadPlatform() =>
        CertificationDataType == DcapQuote.PemChainType
        && PckChain.TryReadPem(CertificationData.Span, out PckChain? chain, out _)
        && chain.CheckPck() is null
            ? chain.Describe(new SgxReportBody(_quote.QeReport.Span).SecurityVersion)
            : null;
}
