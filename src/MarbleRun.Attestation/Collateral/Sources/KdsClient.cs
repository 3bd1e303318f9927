using System.Globalization;
using MarbleRun.Attestation.Checks;
using MarbleRun.Attestation.Claims;
using MarbleRun.Attestation.Snp;
using MarbleRun.Attestation.X509;

namespace MarbleRun.Attestation.Collateral.Sources;

/// <summary>
/// Requests VCEKs, their issuers and revocation lists from AMD's Key Distribution Service or a mirror of it (AMD #57230, Versioned Chip
/// Endorsement Key Certificate and KDS Interface Specification, 4). The answers are signed, so the connection does not need to be trusted.
/// With an https address, TLS is used with the usual certificate checks.
/// </summary>
/// <remarks>
/// The service uses the name Genoa also for Bergamo and Siena. It limits the rate of requests: put a
/// <see cref="CachingCollateralProvider"/> in front. The client does not follow redirects, decompress answers or keep cookies; size and
/// time are limited.
/// </remarks>
public sealed class KdsClient : ICollateralProvider, IDisposable
{
    private const int IssuerCount = 2;

    private readonly Uri _address;
    private readonly KdsOptions _options;
    private readonly CollateralHttp _http;
    private readonly CollateralHttp _chips;

    /// <summary>Creates a client.</summary>
    /// <param name="address">The service, http or https: <see cref="Amd"/>, or a mirror with the same paths.</param>
    /// <param name="options">The limits; null for the defaults.</param>
    /// <param name="handler">
    /// Sends the requests, for instance with a proxy or another trusted root; it must not follow redirects and is disposed with the client.
    /// Null for the default handler.
    /// </param>
    /// <param name="timeProvider">Measures the time limit; null for the system's.</param>
    /// <exception cref="ArgumentException">The address is not http or https, or has a user, query or fragment.</exception>
    public KdsClient(Uri address, KdsOptions? options = null, HttpMessageHandler? handler = null, TimeProvider? timeProvider = null)
    {
        _address = new Uri(CollateralHttp.ReadAddress(address, Amd.AbsoluteUri));
        _options = options ?? new KdsOptions();
        _http = new CollateralHttp(_options.Timeout, _options.LargestResponse, handler, timeProvider);

        // Any caller can invent chips: these requests must not delay those for issuers and lists.
        _chips = handler is null ? new CollateralHttp(_options.Timeout, _options.LargestResponse, handler: null, timeProvider) : _http;
    }

    /// <summary>The address of AMD's service. Only a client that is created with this address uses it.</summary>
    public static Uri Amd { get; } = new("https://kdsintf.amd.com/");

    /// <inheritdoc />
    public async ValueTask<SnpCollateral> GetSnpAsync(SnpCollateralRequest request, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        request.ThrowIfInvalid();

        // The request that depends on the platform comes first: if its product line was guessed wrong, no further request is sent.
        var folder = new Uri(_address, $"{request.Kind}/v1/{request.ProductLine}/");
        ReadOnlyMemory<byte>? vek = request.IssuersOnly ? default(ReadOnlyMemory<byte>?)
            : request.SigningKey == SnpSigningKey.Vlek ? FindVlek(request)
            : ReadVcek(
                await _chips.GetAsync(new Uri(folder, $"{request.HardwareId}?{Levels(request)}"), cancellationToken).ConfigureAwait(false));
        Task<CollateralAnswer> issuers = _http.GetAsync(new Uri(folder, "cert_chain"), cancellationToken);
        Task<CollateralAnswer> list = _http.GetAsync(new Uri(folder, "crl"), cancellationToken);
        CollateralAnswer[] answers = await Task.WhenAll(issuers, list).ConfigureAwait(false);
        List<byte[]> chain = ReadIssuers(answers[0]);
        return new SnpCollateral { Vek = vek, Ask = chain[0], Ark = chain[1], RevocationList = ReadList(answers[1]) };
    }

    /// <summary>Closes the connections.</summary>
    public void Dispose()
    {
        _http.Dispose();
        _chips.Dispose();
    }

    // Decimal, at least two digits.
    private static string Levels(SnpCollateralRequest request)
    {
        SnpTcb tcb = SnpTcb.Read(request.ReportedTcb, request.ProductLine);
        string fmc = tcb.Fmc is { } level ? string.Create(CultureInfo.InvariantCulture, $"fmcSPL={level:00}&") : string.Empty;
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{fmc}blSPL={tcb.BootLoader:00}&teeSPL={tcb.Tee:00}&snpSPL={tcb.Snp:00}&ucodeSPL={tcb.Microcode:00}");
    }

    private static byte[] ReadVcek(CollateralAnswer answer) =>
        Certificate.TryParse(answer.Body, AmdCertificates.Profile, out _, out string? fault)
            ? answer.Body
            : throw answer.Unlike("a VCEK, DER", fault);

    private static List<byte[]> ReadIssuers(CollateralAnswer answer)
    {
        if (!PemCertificates.TryRead(answer.Body, out List<byte[]> issuers, out CheckFailure? failure))
        {
            throw answer.Unlike("two certificates, PEM", failure.Found);
        }

        return issuers.Count == IssuerCount ? issuers : throw answer.Unlike("two certificates, PEM", $"{issuers.Count} of them");
    }

    private static byte[] ReadList(CollateralAnswer answer) =>
        RevocationList.TryParse(answer.Body, AmdCertificates.Profile, out _, out string? fault)
            ? answer.Body
            : throw answer.Unlike("a revocation list, DER", fault);

    private ReadOnlyMemory<byte> FindVlek(SnpCollateralRequest request)
    {
        foreach (ReadOnlyMemory<byte> vlek in _options.Vleks)
        {
            if (Certificate.TryParse(vlek, AmdCertificates.Profile, out Certificate? certificate, out _)
                && VekExtensions.TryRead(certificate, out VekExtensions? extensions, out _)
                && extensions.Kind == SnpSigningKey.Vlek
                && extensions.ProductLine == request.ProductLine
                && extensions.Tcb == request.ReportedTcb)
            {
                return vlek;
            }
        }

        throw new CollateralException(
            $"No VLEK of {request.ProductLine} for {SnpTcb.Read(request.ReportedTcb, request.ProductLine)} is configured, and VLEKs cannot "
            + "be fetched. Take it from the host, in the certificate table of the extended report.");
    }
}
