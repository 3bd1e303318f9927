using System.Buffers;
using System.Text;
using System.Text.Json;
using MarbleRun.Attestation.Checks;
using MarbleRun.Attestation.Claims;
using MarbleRun.Attestation.Dcap;

namespace MarbleRun.Attestation.Collateral.Sources;

/// <summary>
/// Requests collateral from a PCCS (the cache that data centres run) or Intel's PCS (Intel SGX and TDX Provisioning Certification Service
/// API, versions 3 and 4). The answers are signed, so the connection does not need to be trusted. With an https address, TLS is used with
/// the usual certificate checks.
/// </summary>
/// <remarks>The client does not follow redirects, decompress answers or keep cookies; size and time are limited.</remarks>
public sealed class PccsClient : ICollateralProvider, IDisposable
{
    private const string Example = "https://localhost:8081";
    private const string DefaultPath = "sgx/certification/v4/";
    private const string PathMark = "/certification/";
    private const string IntelHost = "trustedservices.intel.com";
    private const int FmspcLength = 12;

    private static readonly Uri s_intelRootList = new("https://certificates.trustedservices.intel.com/IntelSGXRootCA.der");

    private readonly Uri _sgx;
    private readonly Uri _tdx;
    private readonly Uri _rootList;
    private readonly bool _isEarly;
    private readonly CollateralHttp _http;
    private readonly CollateralHttp _named;

    /// <summary>Creates a client.</summary>
    /// <param name="address">
    /// The service, http or https: <c>https://localhost:8081</c>, or with the API's path,
    /// <c>https://api.trustedservices.intel.com/sgx/certification/v4/</c>.
    /// </param>
    /// <param name="options">The limits; null for the defaults.</param>
    /// <param name="handler">
    /// Sends the requests, for instance with a proxy or another trusted root; it must not follow redirects and is disposed with the client.
    /// Null for the default handler.
    /// </param>
    /// <param name="timeProvider">Measures the time limit; null for the system's.</param>
    /// <exception cref="ArgumentException">The address is not http or https, or has a user, query or fragment.</exception>
    public PccsClient(Uri address, PccsOptions? options = null, HttpMessageHandler? handler = null, TimeProvider? timeProvider = null)
    {
        string text = CollateralHttp.ReadAddress(address, Example);
        options ??= new PccsOptions();
        _sgx = new Uri(text.Contains(PathMark, StringComparison.Ordinal) ? text : text + DefaultPath);
        _tdx = new Uri(_sgx.AbsoluteUri.Replace("/sgx/certification/", "/tdx/certification/", StringComparison.Ordinal));
        bool isIntel = address.Host == IntelHost || address.Host.EndsWith("." + IntelHost, StringComparison.OrdinalIgnoreCase);
        _rootList = options.RootRevocationList ?? (isIntel ? s_intelRootList : new Uri(_sgx, "rootcacrl"));
        _isEarly = options.Update == CollateralUpdate.Early;
        _http = new CollateralHttp(options.Timeout, options.LargestResponse, handler, timeProvider);

        // Any caller can invent platforms: these requests must not delay those for platforms that a signature proved.
        _named = handler is null ? new CollateralHttp(options.Timeout, options.LargestResponse, handler: null, timeProvider) : _http;
    }

    /// <inheritdoc />
    public async ValueTask<DcapCollateral> GetDcapAsync(DcapCollateralRequest request, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        if (request.Fmspc.Length != FmspcLength
            || !request.Fmspc.All(char.IsAsciiHexDigit)
            || request.PckAuthority is not ("platform" or "processor"))
        {
            throw new ArgumentException("The FMSPC is 6 bytes in hex, and the PCK CA is platform or processor.", nameof(request));
        }

        Uri tee = request.Tee == TeeType.Tdx ? _tdx : _sgx;
        Task<CollateralAnswer> tcbInfo = _http.GetAsync(
            new Uri(tee, $"tcb?fmspc={request.Fmspc}{(_isEarly ? "&update=early" : string.Empty)}"), cancellationToken);
        Task<CollateralAnswer> qeIdentity = _http.GetAsync(
            new Uri(tee, _isEarly ? "qe/identity?update=early" : "qe/identity"), cancellationToken);
        Task<CollateralAnswer> pckList = _http.GetAsync(new Uri(_sgx, $"pckcrl?ca={request.PckAuthority}&encoding=der"), cancellationToken);
        Task<CollateralAnswer> rootList = _http.GetAsync(_rootList, cancellationToken);
        CollateralAnswer[] answers = await Task.WhenAll(tcbInfo, qeIdentity, pckList, rootList).ConfigureAwait(false);
        return new DcapCollateral
        {
            // The first name is that of version 4, the second that of version 3.
            TcbInfo = ReadDocument(answers[0], "tcbInfo", answers[0].ReadChain("TCB-Info-Issuer-Chain", "SGX-TCB-Info-Issuer-Chain")),
            QeIdentity = ReadDocument(answers[1], "enclaveIdentity", answers[1].ReadChain("SGX-Enclave-Identity-Issuer-Chain")),
            PckRevocationList = ReadList(answers[2]),
            PckRevocationListIssuerChain = answers[2].ReadChain("SGX-PCK-CRL-Issuer-Chain"),
            RootRevocationList = ReadList(answers[3]),
        };
    }

    /// <inheritdoc />
    public async ValueTask<ReadOnlyMemory<byte>> GetPckCertificateChainAsync(
        PckCertificateRequest request, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        request.ThrowIfInvalid();
        string ppid = request.EncryptedPpid is { } encrypted ? $"&encrypted_ppid={encrypted}" : string.Empty;
        string query = $"pckcert?qeid={request.QeId}&cpusvn={request.CpuSvn}&pcesvn={request.PceSvn}&pceid={request.PceId}{ppid}";
        CollateralAnswer answer = await _named.GetAsync(new Uri(_sgx, query), cancellationToken).ConfigureAwait(false);
        byte[] chain = [.. answer.Body, (byte)'\n', .. answer.ReadChain("SGX-PCK-Certificate-Issuer-Chain")];
        return PckChain.TryReadPem(chain, out _, out CheckFailure? failure)
            ? chain
            : throw answer.Unlike("a PCK certificate with its issuers", failure.Found);
    }

    /// <summary>Closes the connections.</summary>
    public void Dispose()
    {
        _http.Dispose();
        _named.Dispose();
    }

    private static DcapSignedDocument ReadDocument(CollateralAnswer answer, string name, byte[] chain)
    {
        try
        {
            using JsonDocument json = JsonDocument.Parse(answer.Body, CollateralJson.Strict);
            JsonElement document = CollateralJson.Member(json.RootElement, name, JsonValueKind.Object);
            byte[] signature = CollateralJson.Hex(json.RootElement, "signature", DcapQuote.SignatureSize);

            // The signature is over the raw text.
            return new DcapSignedDocument(Encoding.UTF8.GetBytes(document.GetRawText()), signature, chain);
        }
        catch (Exception e) when (e is JsonException or FormatException or InvalidOperationException)
        {
            throw answer.Unlike($"{name} with its signature", e.Message, e);
        }
    }

    // DER, or, from a PCCS, DER in hex.
    private static ReadOnlyMemory<byte> ReadList(CollateralAnswer answer)
    {
        const byte Sequence = 0x30;
        if (answer.Body.Length > 0 && answer.Body[0] == Sequence && !answer.Body.All(b => char.IsAsciiHexDigit((char)b)))
        {
            return answer.Body;
        }

        ReadOnlySpan<byte> text = answer.Body.AsSpan().Trim("\" \r\n"u8);
        var der = new byte[text.Length / 2];
        return text.Length > 0 && Convert.FromHexString(text, der, out _, out _) == OperationStatus.Done
            ? der
            : throw answer.Unlike("a revocation list", "it is neither DER nor hex");
    }
}
