using System.Collections.Concurrent;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using MarbleRun.Attestation.Claims;
using MarbleRun.Attestation.Collateral;
using MarbleRun.Attestation.Dcap;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace MarbleRun.TestSupport;

/// <summary>A PCCS over loopback that serves the collateral of a simulation in the form of Intel's API, or misbehaves.</summary>
public sealed class SimulationPccs : IAsyncDisposable
{
    private readonly Func<TeeType, DcapCollateral> _collateral;
    private readonly string _version;

    private SimulationPccs(Func<TeeType, DcapCollateral> collateral, string version)
    {
        _collateral = collateral;
        _version = version;
    }

    public LoopbackServer Server { get; private set; } = null!;

    /// <summary>As it is given to a client: without a path for version 4, which is the default, else with it.</summary>
    public Uri Address => _version == "v4" ? Server.Address : new Uri(Server.Address, $"sgx/certification/{_version}/");

    /// <summary>Whether revocation lists are served in DER instead of hex.</summary>
    public bool ServesDer { get; set; }

    /// <summary>What is served to those who ask for the early set; null for the standard set.</summary>
    public Func<TeeType, DcapCollateral>? Early { get; set; }

    /// <summary>What <c>pckcert</c> answers to this query, PEM: the certificate, and its issuers.</summary>
    public ConcurrentDictionary<string, (string Certificate, string Issuers)> PckCertificates { get; } = [];

    /// <summary>Starts a service of version <c>v3</c> or <c>v4</c> of the API.</summary>
    public static async Task<SimulationPccs> StartAsync(
        Func<TeeType, DcapCollateral> collateral, string version = "v4", X509Certificate2? certificate = null)
    {
        var pccs = new SimulationPccs(collateral, version);
        pccs.Server = await LoopbackServer.StartAsync(pccs.Map, certificate);
        return pccs;
    }

    public ValueTask DisposeAsync() => Server.DisposeAsync();

    private void Map(IEndpointRouteBuilder routes)
    {
        string tcbHeader = _version == "v3" ? "SGX-TCB-Info-Issuer-Chain" : "TCB-Info-Issuer-Chain";
        routes.MapGet($"/{{tee}}/certification/{_version}/tcb", (HttpContext context, string tee, string fmspc) =>
            fmspc == "4D4252000000" ? WriteAsync(context, Find(context, tee).TcbInfo!, "tcbInfo", tcbHeader) : NotFound(context));
        routes.MapGet($"/{{tee}}/certification/{_version}/qe/identity", (HttpContext context, string tee) =>
            WriteAsync(context, Find(context, tee).QeIdentity!, "enclaveIdentity", "SGX-Enclave-Identity-Issuer-Chain"));
        routes.MapGet($"/sgx/certification/{_version}/pckcrl", (HttpContext context, string ca, string encoding) =>
        {
            DcapCollateral all = _collateral(TeeType.Sgx);
            context.Response.Headers["SGX-PCK-CRL-Issuer-Chain"] = Escape(
                Encoding.ASCII.GetString(all.PckRevocationListIssuerChain!.Value.Span));
            return ca == "platform" && encoding == "der" ? WriteListAsync(context, all.PckRevocationList!.Value) : NotFound(context);
        });
        routes.MapGet($"/sgx/certification/{_version}/rootcacrl", (HttpContext context) =>
            WriteListAsync(context, _collateral(TeeType.Sgx).RootRevocationList!.Value));
        routes.MapGet($"/sgx/certification/{_version}/pckcert", (HttpContext context) =>
        {
            if (!PckCertificates.TryGetValue(context.Request.QueryString.Value!, out (string Certificate, string Issuers) pck))
            {
                return NotFound(context);
            }

            context.Response.Headers["SGX-PCK-Certificate-Issuer-Chain"] = Escape(pck.Issuers);
            return context.Response.WriteAsync(pck.Certificate);
        });
    }

    private Task WriteListAsync(HttpContext context, ReadOnlyMemory<byte> der) =>
        ServesDer ? context.Response.Body.WriteAsync(der).AsTask() : context.Response.WriteAsync(Convert.ToHexStringLower(der.Span));

    private DcapCollateral Find(HttpContext context, string tee) =>
        (context.Request.Query["update"] == "early" ? Early ?? _collateral : _collateral)(Tee(tee));

    private static TeeType Tee(string name) => name == "tdx" ? TeeType.Tdx : TeeType.Sgx;

    private static Task NotFound(HttpContext context)
    {
        context.Response.StatusCode = StatusCodes.Status404NotFound;
        return Task.CompletedTask;
    }

    private static Task WriteAsync(HttpContext context, DcapSignedDocument document, string name, string header)
    {
        context.Response.Headers[header] = Escape(Encoding.ASCII.GetString(document.IssuerChain.Span));
        context.Response.ContentType = "application/json";
        return context.Response.WriteAsync(
            $"{{\"{name}\":{Encoding.UTF8.GetString(document.Body.Span)},"
            + $"\"signature\":\"{Convert.ToHexStringLower(document.Signature.Span)}\"}}");
    }

    private static string Escape(string pem) => Uri.EscapeDataString(pem);
}
