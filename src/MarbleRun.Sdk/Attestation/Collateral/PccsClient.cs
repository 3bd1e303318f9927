using System.Buffers;
using System.Net;
using System.Text;
using System.Text.Json;
using MarbleRun.Attestation.Dcap;

namespace MarbleRun.Attestation.Collateral;

/// <summary>
/// Asks a PCCS (the cache that data centres run) or Intel's PCS for collateral (Intel SGX and TDX Provisioning Certification Service API, versions 3 and 4).
/// What comes is signed, so that the connection need not be trusted; still it is asked over TLS if the address says so, with the checks of the platform.
/// </summary>
/// <remarks>No redirect is followed, no answer is decompressed, no cookie is kept; size and time are limited.</remarks>
public sealed class PccsClient : ICollateralProvider, IDisposable
{
    private const string DefaultPath = "sgx/certification/v4/";
    private const string PathMark = "/certification/";
    private const string IntelHost = "trustedservices.intel.com";
    private const int FmspcLength = 12;

    private static readonly Uri s_intelRootList = new("https://certificates.trustedservices.intel.com/IntelSGXRootCA.der");
    private static readonly string[] s_tcbInfoChain = ["TCB-Info-Issuer-Chain", "SGX-TCB-Info-Issuer-Chain"];
    private static readonly string[] s_qeIdentityChain = ["SGX-Enclave-Identity-Issuer-Chain"];
    private static readonly string[] s_pckListChain = ["SGX-PCK-CRL-Issuer-Chain"];

    private readonly Uri _sgx;
    private readonly Uri _tdx;
    private readonly Uri _rootList;
    private readonly PccsOptions _options;
    private readonly TimeProvider _timeProvider;
    private readonly HttpMessageInvoker _client;

    /// <summary>Makes a client.</summary>
    /// <param name="address">
    /// The service, http or https: <c>https://localhost:8081</c>, or with the API's path, <c>https://api.trustedservices.intel.com/sgx/certification/v4/</c>.
    /// </param>
    /// <param name="options">The limits; null for the defaults.</param>
    /// <param name="handler">
    /// Sends the requests, for instance with a proxy or another trusted root; it must not follow redirects and is disposed with the client. Null for one of its own.
    /// </param>
    /// <param name="timeProvider">Measures the time limit; null for the system's.</param>
    /// <exception cref="ArgumentException">The address is not http or https.</exception>
    public PccsClient(Uri address, PccsOptions? options = null, HttpMessageHandler? handler = null, TimeProvider? timeProvider = null)
    {
        ArgumentNullException.ThrowIfNull(address);
        if (!address.IsAbsoluteUri || address.Scheme is not ("http" or "https"))
        {
            throw new ArgumentException($"The address of a PCCS is like https://localhost:8081, not {address}.", nameof(address));
        }

        string text = address.AbsoluteUri.TrimEnd('/') + "/";
        _sgx = new Uri(text.Contains(PathMark, StringComparison.Ordinal) ? text : text + DefaultPath);
        _tdx = new Uri(_sgx.AbsoluteUri.Replace("/sgx/certification/", "/tdx/certification/", StringComparison.Ordinal));
        _options = options ?? new PccsOptions();
        bool isIntel = address.Host.EndsWith(IntelHost, StringComparison.OrdinalIgnoreCase);
        _rootList = _options.RootRevocationList ?? (isIntel ? s_intelRootList : new Uri(_sgx, "rootcacrl"));
        _timeProvider = timeProvider ?? TimeProvider.System;
        _client = new HttpMessageInvoker(handler ?? new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            AutomaticDecompression = DecompressionMethods.None,
            UseCookies = false,
        });
    }

    /// <inheritdoc />
    public async ValueTask<DcapCollateral> GetDcapAsync(DcapCollateralRequest request, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        if (request.Fmspc.Length != FmspcLength || !request.Fmspc.All(char.IsAsciiHexDigit) || request.PckAuthority is not ("platform" or "processor"))
        {
            throw new ArgumentException("The FMSPC is 6 bytes in hex, and the PCK CA is platform or processor.", nameof(request));
        }

        Uri tee = request.Tee == TeeType.Tdx ? _tdx : _sgx;
        Task<Answer> tcbInfo = GetAsync(new Uri(tee, $"tcb?fmspc={request.Fmspc}"), s_tcbInfoChain, cancellationToken);
        Task<Answer> qeIdentity = GetAsync(new Uri(tee, "qe/identity"), s_qeIdentityChain, cancellationToken);
        Task<Answer> pckList = GetAsync(new Uri(_sgx, $"pckcrl?ca={request.PckAuthority}&encoding=der"), s_pckListChain, cancellationToken);
        Task<Answer> rootList = GetAsync(_rootList, [], cancellationToken);
        await Task.WhenAll(tcbInfo, qeIdentity, pckList, rootList).ConfigureAwait(false);
        Answer pck = await pckList.ConfigureAwait(false);
        return new DcapCollateral
        {
            TcbInfo = ReadDocument(await tcbInfo.ConfigureAwait(false), "tcbInfo"),
            QeIdentity = ReadDocument(await qeIdentity.ConfigureAwait(false), "enclaveIdentity"),
            PckRevocationList = ReadList(pck),
            PckRevocationListIssuerChain = pck.Chain,
            RootRevocationList = ReadList(await rootList.ConfigureAwait(false)),
        };
    }

    /// <summary>Closes the connections.</summary>
    public void Dispose() => _client.Dispose();

    private async Task<Answer> GetAsync(Uri address, string[] chainHeaders, CancellationToken cancellationToken)
    {
        using var timeout = new CancellationTokenSource(_options.Timeout, _timeProvider);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, timeout.Token);
        try
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, address);
            using HttpResponseMessage response = await _client.SendAsync(request, both.Token).ConfigureAwait(false);
            if (response.StatusCode != HttpStatusCode.OK)
            {
                throw new CollateralException($"{address} answered {(int)response.StatusCode} instead of 200.");
            }

            if (response.Content.Headers.ContentEncoding.Count > 0)
            {
                throw new CollateralException($"{address} answered in a compressed form, which was not asked for.");
            }

            return new Answer(
                address,
                await ReadBodyAsync(address, response.Content, both.Token).ConfigureAwait(false),
                ReadChain(address, response, chainHeaders));
        }
        catch (OperationCanceledException e) when (timeout.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            throw new CollateralException($"{address} took longer than {_options.Timeout.TotalSeconds:0.#} s.", e);
        }
        catch (Exception e) when (e is HttpRequestException or IOException)
        {
            throw new CollateralException($"{address} can't be reached: {e.Message}", e);
        }
    }

    private async Task<byte[]> ReadBodyAsync(Uri address, HttpContent content, CancellationToken cancellationToken)
    {
        if (content.Headers.ContentLength > _options.LargestResponse)
        {
            throw TooLarge(address);
        }

        Stream stream = await content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false);
        var body = new ArrayBufferWriter<byte>();
        int read;
        while ((read = await stream.ReadAsync(body.GetMemory(), cancellationToken).ConfigureAwait(false)) > 0)
        {
            body.Advance(read);
            if (body.WrittenCount > _options.LargestResponse)
            {
                throw TooLarge(address);
            }
        }

        return body.WrittenSpan.ToArray();
    }

    private CollateralException TooLarge(Uri address) => new($"{address} answered more than {_options.LargestResponse} bytes.");

    // The chain is PEM, percent-encoded.
    private static byte[] ReadChain(Uri address, HttpResponseMessage response, string[] names)
    {
        foreach (string name in names)
        {
            if (response.Headers.TryGetValues(name, out IEnumerable<string>? values))
            {
                return Encoding.UTF8.GetBytes(Uri.UnescapeDataString(string.Concat(values)));
            }
        }

        return names.Length == 0 ? [] : throw new CollateralException($"{address} answered without the header {names[0]}.");
    }

    private static DcapSignedDocument ReadDocument(Answer answer, string name)
    {
        try
        {
            using JsonDocument json = JsonDocument.Parse(answer.Body, CollateralJson.Strict);
            JsonElement document = CollateralJson.Member(json.RootElement, name, JsonValueKind.Object);
            byte[] signature = CollateralJson.Hex(json.RootElement, "signature", DcapQuote.SignatureSize);

            // The raw text: signed is what came, not what it means.
            return new DcapSignedDocument(Encoding.UTF8.GetBytes(document.GetRawText()), signature, answer.Chain);
        }
        catch (Exception e) when (e is JsonException or FormatException or InvalidOperationException)
        {
            throw new CollateralException($"{answer.Address} answered something else than {name} with its signature: {e.Message}", e);
        }
    }

    // DER, or as a PCCS does, DER in hex.
    private static ReadOnlyMemory<byte> ReadList(Answer answer)
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
            : throw new CollateralException($"{answer.Address} answered something else than a revocation list in DER or hex.");
    }

    private sealed record Answer(Uri Address, byte[] Body, byte[] Chain);
}
