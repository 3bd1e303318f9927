using System.Text;
using MarbleRun.Attestation;
using MarbleRun.Attestation.Collateral;
using MarbleRun.Attestation.Dcap;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace MarbleRun.Tests.Attestation.Collateral;

/// <summary>A PCCS over loopback that serves the collateral of a simulation in the form of Intel's API, or misbehaves.</summary>
internal sealed class SimulationPccs : IAsyncDisposable
{
    private readonly WebApplication _app;
    private int _requests;

    private SimulationPccs(WebApplication app)
    {
        _app = app;
    }

    public Uri Address { get; private set; } = null!;

    public int Requests => _requests;

    /// <summary>Answers in place of the service if it returns true; to misbehave.</summary>
    public Func<HttpContext, Task<bool>>? Override { get; set; }

    public static async Task<SimulationPccs> StartAsync(Func<TeeType, DcapCollateral> collateral)
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        WebApplication app = builder.Build();
        var pccs = new SimulationPccs(app);
        app.Use(async (HttpContext context, RequestDelegate next) =>
        {
            Interlocked.Increment(ref pccs._requests);
            if (pccs.Override is null || !await pccs.Override(context))
            {
                await next(context);
            }
        });
        app.MapGet("/{tee}/certification/v4/tcb", (HttpContext context, string tee, string fmspc) =>
            fmspc == "4D4252000000" ? WriteAsync(context, collateral(Tee(tee)).TcbInfo!, "tcbInfo", "TCB-Info-Issuer-Chain") : NotFound(context));
        app.MapGet("/{tee}/certification/v4/qe/identity", (HttpContext context, string tee) =>
            WriteAsync(context, collateral(Tee(tee)).QeIdentity!, "enclaveIdentity", "SGX-Enclave-Identity-Issuer-Chain"));
        app.MapGet("/sgx/certification/v4/pckcrl", (HttpContext context, string ca, string encoding) =>
        {
            DcapCollateral all = collateral(TeeType.Sgx);
            context.Response.Headers["SGX-PCK-CRL-Issuer-Chain"] = Escape(all.PckRevocationListIssuerChain!.Value);
            return ca == "platform" && encoding == "der" ? context.Response.Body.WriteAsync(all.PckRevocationList!.Value).AsTask() : NotFound(context);
        });

        // As a PCCS does: in hex.
        app.MapGet("/sgx/certification/v4/rootcacrl", (HttpContext context) =>
            context.Response.WriteAsync(Convert.ToHexStringLower(collateral(TeeType.Sgx).RootRevocationList!.Value.Span)));
        await app.StartAsync(TestContext.Current.CancellationToken);
        pccs.Address = new Uri(app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single());
        return pccs;
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private static TeeType Tee(string name) => name == "tdx" ? TeeType.Tdx : TeeType.Sgx;

    private static Task NotFound(HttpContext context)
    {
        context.Response.StatusCode = StatusCodes.Status404NotFound;
        return Task.CompletedTask;
    }

    private static Task WriteAsync(HttpContext context, DcapSignedDocument document, string name, string header)
    {
        context.Response.Headers[header] = Escape(document.IssuerChain);
        context.Response.ContentType = "application/json";
        return context.Response.WriteAsync(
            $"{{\"{name}\":{Encoding.UTF8.GetString(document.Body.Span)},\"signature\":\"{Convert.ToHexStringLower(document.Signature.Span)}\"}}");
    }

    private static string Escape(ReadOnlyMemory<byte> pem) => Uri.EscapeDataString(Encoding.ASCII.GetString(pem.Span));
}
