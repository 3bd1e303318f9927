using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Grpc.Core;
using MarbleRun.Management;
using MarbleRun.TestSupport;

namespace MarbleRun.Coordinator.Tests.Manifests;

/// <summary>What full updates change besides secrets.</summary>
public sealed class FullUpdateEffectTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    [Trait("Security", "C1")]
    [Case("updates-and-users", "The root certificate stays in both kinds of update")]
    [Case("updates-and-users", "The intermediate is new after both kinds of update")]
    [Case("updates-and-users", "A Marble certificate of before does not verify")]
    public async Task Update_WithTheSameBytes_KeepsTheRootAndRenewsTheRest()
    {
        await using GovernedMesh mesh = await GovernedMesh.StartAsync(settings: ("DnsNames", "localhost,192.0.2.7"));
        using var files = new TemporaryDirectory();
        string same = mesh.Manifest();
        Dictionary<string, string> before = await mesh.ActivateAsync();
        (X509Certificate2 intermediate, X509Certificate2 root) = await mesh.CertificatesAsync();

        await mesh.UpdateAsync(same);
        Dictionary<string, string> after = await mesh.ActivateAsync();
        (X509Certificate2 next, X509Certificate2 sameRoot) = await mesh.CertificatesAsync();

        Assert.Equal(root.RawData, sameRoot.RawData);
        Assert.NotEqual(intermediate.GetPublicKey(), next.GetPublicKey());
        Assert.NotEqual(before["MARBLE_PREDEFINED_ROOT_CA"], after["MARBLE_PREDEFINED_ROOT_CA"]);
        using X509Certificate2 marbleRoot = X509Certificate2.CreateFromPem(after["MARBLE_PREDEFINED_ROOT_CA"]);
        Assert.Equal(next.GetPublicKey(), marbleRoot.GetPublicKey());
        Assert.Contains(
            "192.0.2.7",
            next.Extensions.OfType<X509SubjectAlternativeNameExtension>().Single().EnumerateIPAddresses().Select(a => a.ToString()));

        // A new Marble has nothing to do with one of before.
        await WriteAsync(files.File("old.pem"), before["MARBLE_PREDEFINED_MARBLE_CERTIFICATE_CHAIN"]);
        await WriteAsync(files.File("new.pem"), after["MARBLE_PREDEFINED_MARBLE_CERTIFICATE_CHAIN"]);
        await WriteAsync(files.File("marble-root.pem"), after["MARBLE_PREDEFINED_ROOT_CA"]);
        await OpenSsl.RunAsync("verify", "-CAfile", files.File("marble-root.pem"), files.File("new.pem"));
        (int exitCode, string output) = (await ExternalTool.TryRunAsync(
            "openssl", ["verify", "-CAfile", files.File("marble-root.pem"), files.File("old.pem")], Cancellation))!.Value;
        Assert.True(exitCode != 0, output);
    }

    [Fact]
    [Case("client-api", "The signature of the manifest verifies")]
    [Case("client-api", "The last acknowledgment applies")]
    [Case("updates-and-users", "The signature of the new manifest is the root's")]
    public async Task Update_ManifestSignature_IsTheRootsOverTheNewBytesForOpenSsl()
    {
        await using GovernedMesh mesh = await GovernedMesh.StartAsync();
        using var files = new TemporaryDirectory();
        string next = mesh.Manifest(m => m["Config"]!["UpdateThreshold"] = 2) + " \n";

        await mesh.UpdateAsync(next);
        JsonElement v2 = (await mesh.SendAsync(null, "/api/v2/manifest")).Require().Data;
        JsonElement v1 = (await mesh.SendAsync(null, "/manifest")).Require().Data;
        (_, X509Certificate2 root) = await mesh.CertificatesAsync();

        Assert.Equal(next, Encoding.UTF8.GetString(v2.GetProperty("manifest").GetBytesFromBase64()));
        Assert.Equal(GovernedMesh.Fingerprint(next), v2.GetProperty("manifestFingerprint").GetString());
        Assert.Equal(v2.GetProperty("manifestSignatureRootECDSA").GetString(), v1.GetProperty("ManifestSignatureRootECDSA").GetString());
        await WriteAsync(files.File("key.pem"), root.PublicKey.GetECDsaPublicKey()!.ExportSubjectPublicKeyInfoPem());
        await WriteAsync(files.File("manifest"), next);
        await File.WriteAllBytesAsync(
            files.File("signature"), v2.GetProperty("manifestSignatureRootECDSA").GetBytesFromBase64(), Cancellation);
        Assert.Contains(
            "Verified OK",
            await OpenSsl.RunAsync(
                "dgst", "-sha256", "-verify", files.File("key.pem"), "-signature", files.File("signature"), files.File("manifest")),
            StringComparison.Ordinal);
    }

    [Fact]
    [Trait("Security", "E3")]
    [Case("manifest", "A count of activations outlives a full update")]
    [Case("updates-and-users", "MaxActivations below the count")]
    [Case("updates-and-users", "The count of a Marble type outlives its removal")]
    public async Task Update_MaxActivations_TakesItsNewValueAgainstTheOldCount()
    {
        await using GovernedMesh mesh = await GovernedMesh.StartAsync(m => m["Config"]!["UpdateThreshold"] = 1);
        await mesh.ActivateAsync("limited");
        await mesh.ActivateAsync("limited");

        await ChangeAsync(mesh, m => m["Marbles"]!["limited"]!["MaxActivations"] = 1);
        await ExhaustedAsync(mesh);
        await ChangeAsync(mesh, m => m["Marbles"]!.AsObject().Remove("limited"));
        Assert.Contains(
            "unknown marble type",
            (await Assert.ThrowsAsync<RpcException>(() => mesh.ActivateAsync("limited"))).Status.Detail,
            StringComparison.Ordinal);
        await ChangeAsync(mesh, _ => { });
        await ExhaustedAsync(mesh);
        await ChangeAsync(mesh, m => m["Marbles"]!["limited"]!["MaxActivations"] = 3);
        await mesh.ActivateAsync("limited");
        await ExhaustedAsync(mesh);
    }

    [Fact]
    public async Task Update_InfrastructuresTlsAndParameters_AreThoseOfTheNewManifest()
    {
        await using GovernedMesh mesh = await GovernedMesh.StartAsync(m => m["Config"]!["UpdateThreshold"] = 1);
        Assert.False((await mesh.ActivateAsync()).ContainsKey("MARBLE_TTLS_CONFIG"));

        await ChangeAsync(mesh, m => m["Infrastructures"] = JsonNode.Parse("""{"azure":{"QESVN":65535}}"""));
        Assert.EndsWith(
            "invalid infrastructure",
            (await Assert.ThrowsAsync<RpcException>(() => mesh.ActivateAsync())).Status.Detail,
            StringComparison.Ordinal);
        await ChangeAsync(mesh, m =>
        {
            m["TLS"] = JsonNode.Parse("""{"tag":{"Outgoing":[{"Addr":"peer","Port":"443"}]}}""");
            m["Marbles"]!["web"]!["TLS"] = new JsonArray("tag");
            m["Marbles"]!["web"]!["Parameters"]!["Env"] = new JsonObject { ["ONLY"] = "this" };
        });
        Dictionary<string, string> changed = await mesh.ActivateAsync();
        await ChangeAsync(mesh, _ => { });
        Dictionary<string, string> back = await mesh.ActivateAsync();

        Assert.Equal("this", changed["ONLY"]);
        Assert.Contains("peer", changed["MARBLE_TTLS_CONFIG"], StringComparison.Ordinal);
        Assert.False(changed.ContainsKey("SHARED") || back.ContainsKey("MARBLE_TTLS_CONFIG") || back.ContainsKey("ONLY"));
    }

    [Fact]
    public async Task Update_FeatureGates_CountAtOnce()
    {
        await using GovernedMesh mesh = await GovernedMesh.StartAsync(m => m["Config"]!["UpdateThreshold"] = 1);
        Assert.NotEqual(403, (int)(await mesh.SendAsync(null, "/api/v2/sign-quote", "{}")).Status);

        await ChangeAsync(mesh, m => m["Config"]!["FeatureGates"] = new JsonArray("monotoniccounter"));

        Assert.Equal(403, (int)(await mesh.SendAsync(null, "/api/v2/sign-quote", "{}")).Status);
        Assert.Equal(401, (int)(await mesh.SendAsync(null, "/api/v2/monotonic-counter", "{}")).Status);
    }

    [Fact]
    public async Task Update_SealMode_CountsAtOnce()
    {
        await using GovernedMesh mesh = await GovernedMesh.StartAsync(m => m["Config"]!["UpdateThreshold"] = 1);
        string first = GovernedMesh.Fingerprint(mesh.Manifest(m => m["Config"]!["UpdateThreshold"] = 1));

        await ChangeAsync(mesh, m => m["Config"]!["SealMode"] = "Disabled");
        Assert.NotEqual(first, mesh.State.Manifest!.Fingerprint);
        Assert.DoesNotContain(Directory.GetFiles(mesh.Folder.File("seal")), IsState);
        await ChangeAsync(mesh, m => m["Config"]!["SealMode"] = "UniqueKey");
        Assert.Contains(Directory.GetFiles(mesh.Folder.File("seal")), IsState);
        string last = mesh.State.Manifest!.Fingerprint;
        await mesh.RestartAsync();
        Assert.Equal(last, mesh.State.Manifest!.Fingerprint);
        await ChangeAsync(mesh, m => m["Config"]!["SealMode"] = "Disabled");
        await mesh.RestartAsync();

        Assert.Equal(CoordinatorPhase.AcceptingManifest, mesh.State.Phase);

        static bool IsState(string path) => Path.GetFileName(path).StartsWith("sealed", StringComparison.Ordinal);
    }

    [Fact]
    public async Task Update_Names_OfUsersThatNeedEscapes_AreWrittenOnceAndSorted()
    {
        await using GovernedMesh mesh = await GovernedMesh.StartAsync(m => Rename(m));
        string next = mesh.Manifest(m => Rename(m));

        Answer started = await mesh.StartUpdateAsync(mesh.Anna, next);

        const string Odd = "\"<Zoë> & \\\"co\\\"\"";
        Assert.Contains("\"missingUsers\":[\"\\u003cZoë\\u003e \\u0026 \\\"co\\\"\",\"cara\"]", started.Body, StringComparison.Ordinal);
        Assert.Contains($"\"missingUsers\":[{Odd},\"cara\"]", (await mesh.LogAsync())[^1], StringComparison.Ordinal);
    }

    private static void Rename(JsonObject manifest)
    {
        JsonObject users = manifest["Users"]!.AsObject();
        JsonNode bert = users["bert"]!.DeepClone();
        users.Remove("bert");
        users["<Zoë> & \"co\""] = bert;
    }

    private static async Task ChangeAsync(GovernedMesh mesh, Action<JsonObject> change)
    {
        string manifest = mesh.Manifest(m =>
        {
            m["Config"]!["UpdateThreshold"] = 1;
            change(m);
        });
        Assert.Equal(0, (await mesh.StartUpdateAsync(mesh.Anna, manifest)).Require().Data.GetProperty("missingAcknowledgments").GetInt32());
    }

    private static async Task ExhaustedAsync(GovernedMesh mesh)
    {
        RpcException refused = await Assert.ThrowsAsync<RpcException>(() => mesh.ActivateAsync("limited"));
        Assert.Contains("reached max activations count", refused.Status.Detail, StringComparison.Ordinal);
    }

    private static Task WriteAsync(string path, string text) => File.WriteAllTextAsync(path, text, Cancellation);
}
