using System.Security.Cryptography.X509Certificates;
using System.Text;
using Google.Protobuf;
using Grpc.Core;
using MarbleRun.Attestation;
using MarbleRun.Attestation.Claims;
using MarbleRun.Protos;
using MarbleRun.TestSupport;

namespace MarbleRun.Coordinator.Tests.Activation;

/// <summary>A Marble of type <c>web</c> that comes with whatever evidence a test makes, and the manifest that it meets.</summary>
internal static class EvidenceMarble
{
    /// <summary>Sets a manifest of one package and one Marble type.</summary>
    /// <param name="host">The Coordinator.</param>
    /// <param name="package">The package, JSON.</param>
    /// <param name="infrastructures">The section <c>Infrastructures</c>, JSON.</param>
    public static async Task SetManifestAsync(CoordinatorHost host, string package, string infrastructures = "{}")
    {
        string manifest =
            $$"""{"Packages":{"app":{{package}}},"Infrastructures":{{infrastructures}},"Marbles":{"web":{"Package":"app"} } }""";
        using HttpClient client = host.CreateClient();
        using HttpResponseMessage response = await client.PostAsync(
            new Uri("/manifest", UriKind.Relative),
            new ByteArrayContent(Encoding.UTF8.GetBytes(manifest)),
            TestContext.Current.CancellationToken);
        Assert.True(response.IsSuccessStatusCode, await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
    }

    /// <summary>Activates with evidence over the certificate of the connection.</summary>
    public static async Task ActivateAsync(CoordinatorHost host, Func<ReportData, ValueTask<Quote>> attest)
    {
        (X509Certificate2 certificate, byte[] csr) = CoordinatorHost.CreateMarbleCredentials("localhost");
        Quote quote = await attest(ReportData.ForCertificate(certificate.RawData));
        using var client = new MeshClient(host, certificate);
        ActivationResp reply = await client.CallAsync(new ActivationReq
        {
            Quote = ByteString.CopyFrom(quote.ToEvidence()),
            CSR = ByteString.CopyFrom(csr),
            MarbleType = "web",
            UUID = Guid.NewGuid().ToString(),
        });
        Assert.True(reply.Parameters.Env.ContainsKey("MARBLE_PREDEFINED_ROOT_CA"));
    }

    /// <summary>
    /// Activates, or returns the reason that the Marble gets after <c>marble verification failed: </c>; null if it was let in.
    /// </summary>
    public static async Task<string?> RefusalAsync(
        CoordinatorHost host, Func<ReportData, ValueTask<Quote>> attest, StatusCode code = StatusCode.PermissionDenied)
    {
        const string prefix = "marble verification failed: ";
        try
        {
            await ActivateAsync(host, attest);
            return null;
        }
        catch (RpcException refusal)
        {
            Assert.Equal(code, refusal.StatusCode);
            Assert.StartsWith(prefix, refusal.Status.Detail, StringComparison.Ordinal);
            return refusal.Status.Detail[prefix.Length..];
        }
    }
}
