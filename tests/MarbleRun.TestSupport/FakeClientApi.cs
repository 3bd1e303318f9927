using System.Collections.Concurrent;
using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json.Nodes;
using MarbleRun.Attestation;
using MarbleRun.Attestation.Claims;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Logging;

namespace MarbleRun.TestSupport;

/// <summary>A Coordinator's client API over real TLS; every member can be made wrong for a test.</summary>
public sealed class FakeClientApi : IAsyncDisposable
{
    private readonly WebApplication _app;

    private FakeClientApi(WebApplication app, TestAuthority authority)
    {
        _app = app;
        ServerCertificate = authority.Root;
        Certificates = [authority.Intermediate, authority.Root];
        Issue = nonce => FakeQuoteIssuer.Issue(ReportData.ForCertificate(Certificates[1].RawData, nonce));
        Manifest = Encoding.UTF8.GetBytes("{\"Packages\":{}}");
        Sign = manifest => authority.SignManifest(manifest);
    }

    public string Address { get; private set; } = string.Empty;

    /// <summary>What the TLS server shows: the root.</summary>
    public X509Certificate2 ServerCertificate { get; set; }

    /// <summary>What the quote endpoint names: intermediate, root.</summary>
    public IList<X509Certificate2> Certificates { get; }

    /// <summary>The quote for a nonce.</summary>
    public Func<byte[], Quote> Issue { get; set; }

    public byte[] Manifest { get; set; }

    /// <summary>The signature of a manifest.</summary>
    public Func<byte[], byte[]> Sign { get; set; }

    /// <summary>The fingerprint that is named; null for the true one.</summary>
    public string? Fingerprint { get; set; }

    /// <summary>Answers instead of the API, by path.</summary>
    public ConcurrentDictionary<string, RequestDelegate> Overrides { get; } = new();

    /// <summary>All nonces so far.</summary>
    public ConcurrentQueue<byte[]> Nonces { get; } = new();

    /// <summary>The last manifest that was set.</summary>
    public byte[]? SetManifest { get; private set; }

    public static async Task<FakeClientApi> StartAsync(TestAuthority authority)
    {
        FakeClientApi? api = null;
        WebApplicationBuilder builder = WebApplication.CreateBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0, listen =>
        {
            listen.Protocols = HttpProtocols.Http1;
            listen.UseHttps(https => https.ServerCertificateSelector = (_, _) => api!.ServerCertificate);
        }));
        WebApplication app = builder.Build();
        api = new FakeClientApi(app, authority);
        app.Use((context, next) => api.Overrides.TryGetValue(context.Request.Path, out RequestDelegate? other)
            ? other(context)
            : next(context));
        app.MapGet("/api/v2/quote", api.GetQuoteAsync);
        app.MapGet("/api/v2/manifest", api.GetManifestAsync);
        app.MapPost("/api/v2/manifest", api.PostManifestAsync);
        app.MapGet("/api/v2/status", context => SucceedAsync(context, new JsonObject { ["code"] = 3, ["message"] = "ready" }));
        await app.StartAsync();
        api.Address = new Uri(app.Urls.Single()).Authority;
        return api;
    }

    /// <summary>A refusal in the API's form.</summary>
    public static RequestDelegate Refuse(int status, string message) => context =>
    {
        context.Response.StatusCode = status;
        return context.Response.WriteAsync(new JsonObject { ["status"] = "error", ["data"] = null, ["message"] = message }.ToJsonString());
    };

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private Task GetQuoteAsync(HttpContext context)
    {
        byte[] nonce = Convert.FromBase64String(context.Request.Query["nonce"].Single()!.Replace('-', '+').Replace('_', '/'));
        Nonces.Enqueue(nonce);
        return SucceedAsync(context, new JsonObject
        {
            ["cert"] = string.Concat(Certificates.Select(c => c.ExportCertificatePem() + "\n")),
            ["quote"] = Convert.ToBase64String(Issue(nonce).ToEvidence()),
        });
    }

    private Task GetManifestAsync(HttpContext context) => SucceedAsync(context, new JsonObject
    {
        ["manifestSignatureRootECDSA"] = Convert.ToBase64String(Sign(Manifest)),
        ["manifestFingerprint"] = Fingerprint ?? Convert.ToHexStringLower(SHA256.HashData(Manifest)),
        ["manifest"] = Convert.ToBase64String(Manifest),
    });

    private async Task PostManifestAsync(HttpContext context)
    {
        JsonNode? body = await JsonNode.ParseAsync(context.Request.Body);
        SetManifest = Convert.FromBase64String((string)body!["manifest"]!);
        await SucceedAsync(
            context, new JsonObject { ["RecoverySecrets"] = new JsonObject { ["key1"] = Convert.ToBase64String([1, 2, 3]) } });
    }

    private static Task SucceedAsync(HttpContext context, JsonNode data) =>
        context.Response.WriteAsync(new JsonObject { ["status"] = "success", ["data"] = data }.ToJsonString());
}
