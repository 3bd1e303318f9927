using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using MarbleRun.Attestation.Collateral;
using MarbleRun.Attestation.Snp;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace MarbleRun.TestSupport;

/// <summary>AMD's Key Distribution Service over loopback: answers exactly what it was given, by path and query, or misbehaves.</summary>
public sealed class FakeKds : IAsyncDisposable
{
    private FakeKds()
    {
    }

    public LoopbackServer Server { get; private set; } = null!;

    public Uri Address => Server.Address;

    /// <summary>By path and query.</summary>
    public ConcurrentDictionary<string, byte[]> Answers { get; } = [];

    public static async Task<FakeKds> StartAsync(X509Certificate2? certificate = null)
    {
        var kds = new FakeKds();
        kds.Server = await LoopbackServer.StartAsync(
            routes => routes.MapGet("/{**path}", (HttpContext context) =>
            {
                if (kds.Answers.TryGetValue($"{context.Request.Path}{context.Request.QueryString}", out byte[]? answer))
                {
                    return context.Response.Body.WriteAsync(answer).AsTask();
                }

                context.Response.StatusCode = StatusCodes.Status404NotFound;
                return Task.CompletedTask;
            }),
            certificate);
        return kds;
    }

    /// <summary>Serves the certificates of a platform and the list of its root.</summary>
    /// <param name="folder">Kind of key and product line, like <c>/vcek/v1/Genoa/</c>.</param>
    /// <param name="vek">The rest of the address of the key's certificate; null if it is not served.</param>
    /// <param name="collateral">What to serve; a list that is null is not.</param>
    public void Serve(string folder, string? vek, SnpCollateral collateral)
    {
        Answers[folder + "cert_chain"] = Encoding.ASCII.GetBytes(Pem(collateral.Ask!.Value) + Pem(collateral.Ark!.Value));
        if (vek is not null)
        {
            Answers[folder + vek] = collateral.Vek!.Value.ToArray();
        }

        if (collateral.RevocationList is { } list)
        {
            Answers[folder + "crl"] = list.ToArray();
        }
    }

    public ValueTask DisposeAsync() => Server.DisposeAsync();

    private static string Pem(ReadOnlyMemory<byte> der) => PemEncoding.WriteString("CERTIFICATE", der.Span) + "\n";
}
