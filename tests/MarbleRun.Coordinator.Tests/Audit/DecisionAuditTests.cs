using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using MarbleRun.Attestation.Claims;
using MarbleRun.Coordinator.Tests.Counters;
using MarbleRun.Coordinator.Tests.Manifests;
using MarbleRun.Coordinator.Tests.Secrets;
using MarbleRun.Identity;

namespace MarbleRun.Coordinator.Tests.Audit;

/// <summary>Each decision is in the trail when it is answered, with who and what, and without any secret.</summary>
public sealed class DecisionAuditTests
{
    [Fact]
    [Trait("Security", "G6")]
    public async Task Decisions_OfAllKinds_AreRecordedBeforeTheyAreAnswered()
    {
        await using GovernedMesh mesh = await GovernedMesh.StartAsync();
        string next = mesh.Manifest(m => m["Config"]!["UpdateThreshold"] = 2);
        string fingerprint = $"{{\"manifestFingerprint\":\"{GovernedMesh.Fingerprint(next)}\"}}";
        string uuid = "0a0b0c0d-0001-4203-8405-060708090a0b";
        using CounterMarble marble = await CounterMarble.ActivateAsync(mesh, uuid: uuid);
        Assert.Equal(
            [
                $"manifest.set - allowed {{\"manifestFingerprint\":\"{mesh.State.Manifest!.Fingerprint}\",\"recoveryKeys\":\"0\"}}",
                $"marble.activate - allowed {OfIdentity(marble.Certificate)}",
            ],
            AuditReader.Read(mesh));

        await StepAsync(
            () => mesh.SendAsync(mesh.Rita, "/secrets?s=shared&s=text"), "secrets.read rita allowed {\"secrets\":\"shared, text\"}");
        await StepAsync(() => mesh.SendAsync(mesh.Nora, "/secrets?s=shared"), "secrets.read nora denied {*shared*}");
        await StepAsync(() => mesh.UploadAsync("text", [1]), "secrets.write will allowed {\"secrets\":\"text\"}");
        await StepAsync(() => mesh.SendAsync(mesh.Nora, "/secrets", "{\"text\":{\"Key\":\"AA==\"}}"), "secrets.write nora denied {*text*}");
        await StepAsync(() => mesh.SendAsync(null, "/secrets?s=shared"), "user.login - denied {*did not match*}");
        await StepAsync(() => mesh.StartUpdateAsync(mesh.Paul, next), "update.start paul denied {*not allowed*}");
        await StepAsync(() => mesh.StartUpdateAsync(mesh.Anna, next), $"update.start anna allowed {OfUpdate(fingerprint, inForce: false)}");
        await StepAsync(() => mesh.StartUpdateAsync(mesh.Bert, next), "update.start bert denied {*already in progress*}");
        await StepAsync(
            () => mesh.StartUpdateAsync(mesh.Paul, "{\"Packages\":{\"app\":{\"SecurityVersion\":1}}}"),
            "update.packages paul denied {*already in progress*}");
        await StepAsync(
            () => mesh.AcknowledgeAsync(mesh.Bert, next), $"update.acknowledge bert allowed {OfUpdate(fingerprint, inForce: false)}");
        await StepAsync(() => mesh.AcknowledgeAsync(mesh.Bert, next + " "), "update.acknowledge bert denied {*does not match*}");
        await StepAsync(() => mesh.CancelAsync(mesh.Paul), "update.cancel paul denied {*not allowed*}");
        await StepAsync(() => mesh.CancelAsync(mesh.Cara), $"update.cancel cara allowed {fingerprint}");
        await StepAsync(() => mesh.CancelAsync(mesh.Cara), "update.cancel cara denied {*no update in progress*}");
        await StepAsync(
            async () => new Answer(default, string.Empty, await marble.RaiseAsync("n", 5)),
            $"counter.raise - allowed {{\"counter\":\"n\",\"marbleType\":\"web\",\"uuid\":\"{uuid}\",\"value\":\"5\"}}");
        await StepAsync(() => mesh.SendAsync(mesh.Rita, "/api/v2/monotonic-counter", "{}"), "counter.raise - denied {*unknown authority*}");
        await StepAsync(() => mesh.SendAsync(null, "/api/v2/sign-quote", "{}"), "quote.sign - denied {*");
        byte[] quote = (await mesh.Host.Platform.CreateIssuer(mesh.Host.Platform.MeasureRunningProcess())
            .IssueAsync(ReportData.FromBytes(new byte[ReportData.Size]), TestContext.Current.CancellationToken)).ToEvidence();
        await StepAsync(
            () => mesh.SendAsync(null, "/api/v2/sign-quote", $"{{\"sgxQuote\":\"{Convert.ToBase64String(quote)}\"}}"),
            $"quote.sign - allowed {{\"quoteHash\":\"{Convert.ToHexStringLower(SHA256.HashData(quote))}\",\"tcbStatus\":\"UpToDate\"}}");
        await StepAsync(
            () => mesh.StartUpdateAsync(mesh.Paul, "{\"Packages\":{\"app\":{\"SecurityVersion\":60000}}}"),
            "update.packages paul allowed {\"manifestFingerprint\":\"*\",\"securityVersions\":\"app: 60000\"}");
        await StepAsync(
            async () => new Answer(
                default, string.Empty, (await Assert.ThrowsAsync<Grpc.Core.RpcException>(() => mesh.ActivateAsync())).Message),
            "marble.activate - denied {*web*security_version*}");
        await StepAsync(() => mesh.SendAsync(null, "/manifest", next), "manifest.set - denied {*not in expected state*}");
        Assert.True(AuditReader.Verify(mesh).IsIntact);
        await mesh.RestartAsync();
        Assert.True(AuditReader.Verify(mesh).IsIntact);

        static string OfUpdate(string fingerprint, bool inForce) => $"{{\"inForce\":\"{(inForce ? "true" : "false")}\",{fingerprint[1..]}";

        async Task StepAsync(Func<Task<Answer>> act, string expected)
        {
            int count = AuditReader.Read(mesh).Length;
            await act();
            string record = Assert.Single(AuditReader.Read(mesh)[count..]);
            string pattern = "^"
                + string.Join(".*", expected.Split('*').Select(System.Text.RegularExpressions.Regex.Escape))
                + (expected.EndsWith('*') ? string.Empty : "$");
            Assert.Matches(pattern, record);
        }
    }

    [Fact]
    [Trait("Security", "G6")]
    public async Task Records_OfUsersAndMarbles_NameTheCertificateThatWasShown()
    {
        await using GovernedMesh mesh = await GovernedMesh.StartAsync();
        using var outsider = new UserClient("outsider");

        await mesh.SendAsync(mesh.Rita, "/secrets?s=shared");
        await mesh.SendAsync(outsider, "/secrets?s=shared");

        string[] lines = System.Text.Encoding.ASCII.GetString(AuditReader.ReadBytes(mesh)).TrimEnd('\n').Split('\n');
        Assert.Equal(
            new[] { mesh.Rita, outsider }.Select(u => Convert.ToHexStringLower(SHA256.HashData(u.Certificate.RawData))),
            lines[^2..].Select(l => JsonDocument.Parse(l).RootElement.GetProperty("certificate").GetString()));
    }

    [Fact]
    [Trait("Security", "G7")]
    public async Task Record_OfManySecrets_NamesThemAllHoweverTheyAreAskedFor()
    {
        string[] long5 = [.. Enumerable.Range(0, 5).Select(i => new string((char)('a' + i), 400))];
        await using GovernedMesh mesh = await GovernedMesh.StartAsync(m =>
        {
            foreach (string name in long5)
            {
                m["Secrets"]![name] = new System.Text.Json.Nodes.JsonObject { ["Type"] = "plain", ["UserDefined"] = true };
                m["Roles"]!["read"]!["ResourceNames"]!.AsArray().Add(name);
                m["Roles"]!["write"]!["ResourceNames"]!.AsArray().Add(name);
            }
        });

        // Padding with names that may be read must not push the one of interest out of the record.
        string padding = string.Concat(Enumerable.Repeat("s=text&", 400));
        (await mesh.SendAsync(mesh.Rita, $"/secrets?{padding}s=shared")).Require();
        Assert.Contains("shared", string.Concat(AuditReader.Read(mesh)[1..]), StringComparison.Ordinal);

        int count = AuditReader.Read(mesh).Length;
        (await mesh.SendAsync(mesh.Rita, $"/secrets?{string.Join('&', long5.Select(n => "s=" + n))}&s=upload")).Require();
        string read = string.Concat(AuditReader.Read(mesh)[count..]);
        Assert.All([.. long5, "upload"], name => Assert.Contains(name, read, StringComparison.Ordinal));

        count = AuditReader.Read(mesh).Length;
        (await mesh.SendAsync(
            mesh.Will, "/secrets", $"{{{string.Join(',', long5.Append("text").Select(n => $"\"{n}\":{{\"Key\":\"AA==\"}}"))}}}")).Require();
        string written = string.Concat(AuditReader.Read(mesh)[count..]);
        Assert.All([.. long5, "text"], name => Assert.Contains(name, written, StringComparison.Ordinal));
    }

    [Fact]
    [Trait("Security", "E7")]
    [Trait("Security", "G7")]
    public async Task Trail_OfTheWholeFlow_HoldsNoSecret()
    {
        const string Canary = "canary-of-16-byt";
        await using GovernedMesh mesh = await GovernedMesh.StartAsync(m => m["Config"]!["UpdateThreshold"] = 1);
        byte[] secret = System.Text.Encoding.ASCII.GetBytes(Canary);
        (await mesh.UploadAsync("upload", secret)).Require();
        await mesh.UploadAsync("upload", [.. secret, 1]);
        await mesh.SendAsync(mesh.Will, "/secrets", $"{{\"upload\":{{\"Private\":\"{Convert.ToBase64String(secret)}\"}}}}");
        await mesh.SendAsync(mesh.Rita, "/secrets?s=upload&s=shared");
        Dictionary<string, string> environment = await mesh.ActivateAsync();
        await mesh.ActivateAsync("uploaded");
        await mesh.StartUpdateAsync(mesh.Anna, "{\"Marbles\":\"" + Canary);
        await mesh.AcknowledgeAsync(mesh.Anna, Canary);
        (await mesh.StartUpdateAsync(mesh.Anna, mesh.Manifest(m =>
        {
            m["Config"]!["RotateRootSecret"] = true;
            m["Marbles"]!["web"]!["Parameters"]!["Argv"] = new System.Text.Json.Nodes.JsonArray(Canary);
            m.SetRecovery(0, ("a", Recovery.TestParty.Five[0]));
        }))).Require();
        Dictionary<string, string> after = await mesh.ActivateAsync();

        string everything = System.Text.Encoding.ASCII.GetString(AuditReader.ReadBytes(mesh)) + string.Concat(mesh.Host.Logs.Entries);
        string[] canaries =
        [
            Canary, Convert.ToBase64String(secret), Convert.ToHexString(secret),
            .. new[] { environment, after }.SelectMany(e => new[]
            {
                e["SHARED"],
                Convert.ToBase64String(Convert.FromHexString(e["SHARED"])),
                e["PRIVATE"],
                Line(e["CERT_KEY"]),
                Line(e["MARBLE_PREDEFINED_PRIVATE_KEY"]),
            }),
        ];
        Assert.True(AuditReader.Read(mesh).Length >= 10);
        Assert.All(canaries, canary => Assert.DoesNotContain(canary, everything, StringComparison.OrdinalIgnoreCase));

        static string Line(string pem) => pem.Split('\n')[1];
    }

    /// <summary>Everything that the list of identities has, because the list does not survive a restart.</summary>
    private static string OfIdentity(X509Certificate2 certificate)
    {
        Assert.True(MarblePeer.TryRead(certificate, out MarblePeer? marble));
        return $"{{\"certificate\":\"{certificate.GetCertHashString(HashAlgorithmName.SHA256).ToLowerInvariant()}\",\"marbleType\":\"web\","
            + $"\"measurement\":\"{marble.Measurement}\",\"names\":\"localhost, 127.0.0.1\","
            + $"\"notAfter\":\"{certificate.NotAfter.ToUniversalTime():yyyy-MM-dd'T'HH:mm:ss'Z'}\",\"platform\":\"{marble.Platform}\","
            + $"\"serialNumber\":\"{certificate.SerialNumber.ToLowerInvariant()}\",\"uuid\":\"{marble.Id}\"}}";
    }
}
