using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using MarbleRun.Coordinator.State;
using MarbleRun.Coordinator.State.Changes;
using MarbleRun.Coordinator.Tests.Manifests;
using MarbleRun.Manifests;
using MarbleRun.Manifests.Checks;
using MarbleRun.Manifests.Reading;
using MarbleRun.TestSupport;
using Microsoft.Extensions.DependencyInjection;

namespace MarbleRun.Coordinator.Tests.Users;

/// <summary>
/// With which keys users can sign in, tried by handshakes of OpenSSL; the rule of the manifest's checks is held to what was seen. The
/// manifest that holds all of them is put in force beside the checks, as one of an older version would be.
/// </summary>
public sealed class UserKeyTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("1.2 1.3", "EC", "ec_paramgen_curve:P-256")]
    [InlineData("1.2 1.3", "EC", "ec_paramgen_curve:P-384")]
    [InlineData("1.2 1.3", "EC", "ec_paramgen_curve:P-521")]
    [InlineData("1.2 1.3", "EC", "ec_paramgen_curve:P-256", "ec_param_enc:explicit")]
    [InlineData("1.2 1.3", "RSA", "rsa_keygen_bits:2048")]
    [InlineData("1.2 1.3", "RSA-PSS", "rsa_keygen_bits:2048")]
    [InlineData("1.2 1.3", "ED25519")]
    [InlineData("1.2 1.3", "ED448")]
    [InlineData("", "EC", "ec_paramgen_curve:P-224")]
    [InlineData("", "EC", "ec_paramgen_curve:P-192")]
    [InlineData("", "EC", "ec_paramgen_curve:secp256k1")]
    [InlineData("", "EC", "ec_paramgen_curve:brainpoolP256r1")]
    [InlineData("", "EC", "ec_paramgen_curve:brainpoolP384r1")]
    [InlineData("", "EC", "ec_paramgen_curve:brainpoolP512r1")]
    [InlineData("", "RSA", "rsa_keygen_bits:1024")]
    [InlineData("", "RSA", "rsa_keygen_bits:1536")]
    [Case("manifest", "Users whose key cannot sign a handshake are refused")]
    public async Task Manifest_UserWithAKindOfKey_IsTakenIfAHandshakeCanSucceed(string versions, string algorithm, params string[] options)
    {
        using var folder = new TemporaryDirectory();
        (string key, string certificate) = (Path.Combine(folder.Path, "user.key"), Path.Combine(folder.Path, "user.crt"));
        await OpenSsl.RunAsync(["genpkey", "-algorithm", algorithm, .. options.SelectMany(o => new[] { "-pkeyopt", o }), "-out", key]);
        await OpenSsl.RunAsync("req", "-x509", "-new", "-key", key, "-subj", "/CN=user", "-days", "2", "-out", certificate);
        string pem = await File.ReadAllTextAsync(certificate, Cancellation);
        await using GovernedMesh mesh = await GovernedMesh.StartAsync();
        string manifest = mesh.Manifest(
            m => m["Users"]!["user"] = new JsonObject { ["Certificate"] = pem, ["Roles"] = new JsonArray("write") });
        ManifestProblem? problem = ManifestChecker.Check(Encoding.UTF8.GetBytes(manifest)).Problems.FirstOrDefault(
            p => p.Severity == ManifestSeverity.Error);
        await PutInForceAsync(mesh, manifest);

        string[] seen = [];
        foreach (string version in new[] { "1.2", "1.3" })
        {
            seen = await SignsInAsync(mesh, certificate, key, version) ? [.. seen, version] : seen;
        }

        Assert.Equal(versions, string.Join(' ', seen));
        Assert.Equal(seen.Length == 0, problem is not null);
        if (problem is not null)
        {
            Assert.Equal(ManifestStage.Users, problem.Stage);
            Assert.StartsWith("user user could never sign in with the key of the certificate: ", problem.Message, StringComparison.Ordinal);
            await using GovernedMesh other = await GovernedMesh.StartAsync();
            Answer v1 = await other.SendAsync(other.Anna, "/update", manifest);
            Answer v2 = await other.StartUpdateAsync(other.Anna, manifest, "?dryRun=true");
            Assert.Equal((HttpStatusCode.BadRequest, "generating users from manifest: " + problem.Message), (v1.Status, v1.Message));
            Assert.Equal(
                (HttpStatusCode.InternalServerError, "generating users from manifest: " + problem.Message), (v2.Status, v2.Message));
        }
    }

    [Fact]
    public async Task Manifest_UserWithADsaKey_IsTakenWithAWarning()
    {
        using var folder = new TemporaryDirectory();
        (string parameters, string key, string certificate) = (
            Path.Combine(folder.Path, "p"), Path.Combine(folder.Path, "user.key"), Path.Combine(folder.Path, "user.crt"));
        await OpenSsl.RunAsync("genpkey", "-genparam", "-algorithm", "DSA", "-pkeyopt", "dsa_paramgen_bits:2048", "-out", parameters);
        await OpenSsl.RunAsync("genpkey", "-paramfile", parameters, "-out", key);
        await OpenSsl.RunAsync("req", "-x509", "-new", "-key", key, "-subj", "/CN=user", "-days", "2", "-out", certificate);
        string pem = await File.ReadAllTextAsync(certificate, Cancellation);
        await using GovernedMesh mesh = await GovernedMesh.StartAsync();
        string manifest = mesh.Manifest(
            m => m["Users"]!["user"] = new JsonObject { ["Certificate"] = pem, ["Roles"] = new JsonArray("write") });

        ManifestProblem[] problems =
            [.. ManifestChecker.Check(Encoding.UTF8.GetBytes(manifest)).Problems.Where(p => p.Path == "$.Users.user.Certificate")];

        Assert.Equal(ManifestSeverity.Warning, Assert.Single(problems).Severity);
        Assert.Equal(
            "user user: it is a DSA key, which TLS 1.3 does not support: its holder can sign in only with TLS 1.2", problems[0].Message);
        await PutInForceAsync(mesh, manifest);
        Assert.True(await SignsInAsync(mesh, certificate, key, "1.2"));
        Assert.False(await SignsInAsync(mesh, certificate, key, "1.3"));
    }

    /// <summary>Beside the checks: the state as it would be if the manifest had been taken.</summary>
    private static Task<bool> PutInForceAsync(GovernedMesh mesh, string manifest)
    {
        CoordinatorState state = mesh.State;
        byte[] raw = Encoding.UTF8.GetBytes(manifest);
        CoordinatorState next = state with
        {
            Manifest = MeshManifest.Create(raw, state.Authority.SignWithRoot(raw), ManifestChecker.Check(raw)),
        };
        return mesh.Host.Services.GetRequiredService<StateWriter>().ChangeAsync(_ => (next, true), Cancellation);
    }

    /// <summary>One request by curl with OpenSSL: a known user gets what is wrong with the upload.</summary>
    private static async Task<bool> SignsInAsync(GovernedMesh mesh, string certificate, string key, string version)
    {
        (int ExitCode, string Output)? answer = await ExternalTool.TryRunAsync(
            "curl",
            [
                "-sk", $"--tlsv{version}", "--tls-max", version, "--cert", certificate, "--key", key,
                "-H", "Content-Type: application/json", "-d", "{}", $"https://{mesh.Host.Client}/api/v2/secrets",
            ],
            Cancellation);
        Assert.SkipWhen(answer is null, "curl is not installed; .ci/tools installs it.");
        return answer!.Value.Output.Contains("parsing new secrets: no new secrets defined", StringComparison.Ordinal);
    }
}
