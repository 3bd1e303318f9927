using System.Collections.Concurrent;
using System.Globalization;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json;
using MarbleRun.Coordinator.Tests.Secrets;
using MarbleRun.TestSupport;

namespace MarbleRun.Coordinator.Tests.Manifests;

/// <summary>Many at once: one update wins, and no reader ever sees parts of two generations.</summary>
public sealed class UpdateConcurrencyTests
{
    private const string Pending = "update already in progress. Acknowledge the update to apply it, or cancel it to start a new one";
    private const string Overtaken = "another update was applied first; look at the manifest that is in force now, and try again";
    private const string Uuid = "0a0b0c0d-0001-4203-8405-060708090a0b";

    [Fact]
    [Trait("Security", "E3")]
    [Case("updates-and-users", "A second full update while one is pending")]
    public async Task Start_ManyAtOnceThatMustWait_ExactlyOneWins()
    {
        await using GovernedMesh mesh = await GovernedMesh.StartAsync();
        UserClient[] managers = [mesh.Anna, mesh.Bert, mesh.Cara];
        string[] manifests = [.. Enumerable.Range(0, 12).Select(i => Numbered(mesh, i))];

        Answer[] answers = await Task.WhenAll(manifests.Select((manifest, i) => mesh.StartUpdateAsync(managers[i % 3], manifest)));

        int winner = Array.FindIndex(answers, a => a.IsSuccess);
        Assert.Single(answers, a => a.IsSuccess);
        Assert.All(answers.Where(a => !a.IsSuccess), a => Assert.Equal(Pending, a.Message));
        Assert.Equal(
            manifests[winner], Encoding.UTF8.GetString((await mesh.PendingAsync()).Data.GetProperty("manifest").GetBytesFromBase64()));
        Assert.Equal(2, (await mesh.LogAsync()).Length);
    }

    [Fact]
    [Trait("Security", "E3")]
    public async Task Start_ManyAtOnceThatApply_EachIsDecidedOnTheManifestBeforeIt()
    {
        await using GovernedMesh mesh = await GovernedMesh.StartAsync(m => m["Config"]!["UpdateThreshold"] = 1);
        UserClient[] managers = [mesh.Anna, mesh.Bert, mesh.Cara];
        string[] manifests = [.. Enumerable.Range(0, 12).Select(i => Numbered(mesh, i))];

        Answer[] answers = await Task.WhenAll(manifests.Select((manifest, i) => mesh.StartUpdateAsync(managers[i % 3], manifest)));

        Assert.Contains(answers, a => a.IsSuccess);
        Assert.All(answers.Where(a => !a.IsSuccess), a => Assert.Equal(Overtaken, a.Message));
        string[] applied = [.. (await mesh.LogAsync()).Where(l => l.Contains("\"Complete Manifest updated\"", StringComparison.Ordinal))];
        Assert.Equal(
            manifests.Where((_, i) => answers[i].IsSuccess).Select(GovernedMesh.Fingerprint).Order(StringComparer.Ordinal),
            applied.Select(l => l[^66..^2]).Order(StringComparer.Ordinal));
        Assert.Equal(mesh.State.Manifest!.Fingerprint, applied[^1][^66..^2]);
    }

    [Fact]
    [Trait("Security", "E3")]
    public async Task Acknowledge_AndCancelAtOnce_OneOfThemWins()
    {
        await using GovernedMesh mesh = await GovernedMesh.StartAsync(m => m["Config"]!["UpdateThreshold"] = 2);
        string next = mesh.Manifest(m => m["Config"]!["UpdateThreshold"] = 2);
        for (int round = 0; round < 6; round++)
        {
            int lines = (await mesh.LogAsync()).Length;
            (await mesh.StartUpdateAsync(mesh.Anna, next)).Require();

            Answer[] answers = await Task.WhenAll(
                mesh.AcknowledgeAsync(mesh.Bert, next), mesh.AcknowledgeAsync(mesh.Cara, next), mesh.CancelAsync(mesh.Anna));

            Assert.Single(answers, a => a.IsSuccess);
            Assert.All(answers.Where(a => !a.IsSuccess), a => Assert.Contains(a.Message, (string[])["no update in progress", Overtaken]));
            Assert.Null(mesh.State.PendingUpdate);
            Assert.Equal(lines + (answers[2].IsSuccess ? 2 : 3), (await mesh.LogAsync()).Length);
        }
    }

    [Fact]
    [Trait("Security", "E5")]
    [Case("client-api", "Quote after the manifest")]
    public async Task Read_WhileUpdatesRun_NeverMixesGenerations()
    {
        await using GovernedMesh mesh = await GovernedMesh.StartAsync(m => m["Config"]!["UpdateThreshold"] = 1);
        (_, X509Certificate2 root) = await mesh.CertificatesAsync();
        var seen = new ConcurrentBag<Dictionary<string, string>>();
        var intermediates = new ConcurrentBag<X509Certificate2>();
        var pairs = new ConcurrentBag<(string Shared, string Certificate)>();
        using var done = new CancellationTokenSource();
        Task[] readers =
        [
            RepeatAsync(async () => seen.Add(await mesh.ActivateAsync(uuid: Uuid))),
            RepeatAsync(async () => seen.Add(await mesh.ActivateAsync(uuid: Uuid))),
            RepeatAsync(async () => AssertSigned(root, (await mesh.SendAsync(null, "/api/v2/manifest")).Require().Data)),
            RepeatAsync(async () => intermediates.Add((await mesh.CertificatesAsync()).Intermediate)),
            RepeatAsync(async () =>
            {
                JsonElement secrets = (await mesh.SendAsync(mesh.Rita, "/api/v2/secrets?s=shared&s=cert"))
                    .Require().Data
                    .GetProperty("secrets");
                pairs.Add((
                    Convert.ToHexStringLower(secrets.GetProperty("shared").GetProperty("Private").GetBytesFromBase64()),
                    secrets.GetProperty("cert").GetProperty("Cert").GetString()!));
            }),
        ];

        for (int i = 1; i <= 8; i++)
        {
            (await mesh.StartUpdateAsync(mesh.Anna, Numbered(mesh, i, rotates: true))).Require();
            seen.Add(await mesh.ActivateAsync(uuid: Uuid));
        }

        await done.CancelAsync();
        await Task.WhenAll(readers);

        // All that belongs to one manifest is the same wherever it was seen, and the value before is that of the manifest before.
        var generations = seen
            .GroupBy(e => int.Parse(e.GetValueOrDefault("GENERATION", "0"), CultureInfo.InvariantCulture))
            .OrderBy(g => g.Key)
            .ToDictionary(g => g.Key, g => Assert.Single(g.Select(Identity).Distinct()));
        Assert.Superset(Enumerable.Range(1, 8).ToHashSet(), generations.Keys.ToHashSet());
        for (int i = 2; i <= 8; i++)
        {
            Assert.Equal(
                (generations[i - 1].Shared, generations[i - 1].Private, generations[i - 1].Certificate),
                (generations[i].SharedBefore, generations[i].PrivateBefore, generations[i].CertificateBefore));
        }

        foreach (Dictionary<string, string> environment in seen)
        {
            using X509Certificate2 marbleRoot = X509Certificate2.CreateFromPem(environment["MARBLE_PREDEFINED_ROOT_CA"]);
            using X509Certificate2 leaf = X509Certificate2.CreateFromPem(environment["MARBLE_PREDEFINED_MARBLE_CERTIFICATE_CHAIN"]);
            using X509Certificate2 secret = X509Certificate2.CreateFromPem(environment["CERT"]);
            Assert.True(IsIssuedBy(leaf, marbleRoot) && IsIssuedBy(secret, marbleRoot));
        }

        var keys = seen
            .Select(e => Convert.ToHexString(X509Certificate2.CreateFromPem(e["MARBLE_PREDEFINED_ROOT_CA"]).GetPublicKey()))
            .ToHashSet();
        Assert.All(intermediates, c => Assert.True(IsIssuedBy(c, root)));
        Assert.True(intermediates.Select(c => Convert.ToHexString(c.GetPublicKey())).Distinct().Count(k => !keys.Contains(k)) <= 1);
        Assert.All(pairs.Where(p => generations.Values.Any(g => g.Shared == p.Shared)), p =>
            Assert.Contains(generations.Values, g => g.Shared == p.Shared
                && Convert.ToBase64String(X509Certificate2.CreateFromPem(g.Certificate).RawData) == p.Certificate));

        async Task RepeatAsync(Func<Task> read)
        {
            while (!done.IsCancellationRequested)
            {
                await read();
            }
        }
    }

    [Fact]
    [Trait("Security", "F3")]
    public async Task Upload_WhileUpdatesRun_LosesNothingThatWasAcknowledged()
    {
        await using GovernedMesh mesh = await GovernedMesh.StartAsync(m =>
        {
            m["Config"]!["UpdateThreshold"] = 1;
            m["Marbles"]!["limited"]!["MaxActivations"] = 1_000_000;
        });
        using var done = new CancellationTokenSource();
        int acknowledged = 0;
        byte[] last = [];
        Task<int> activating = ActivateAsync();
        Task uploading = UploadAsync();

        for (int i = 1; i <= 5; i++)
        {
            Answer full = await mesh.StartUpdateAsync(mesh.Anna, Numbered(mesh, i));
            Answer packages = await mesh.StartUpdateAsync(mesh.Paul, "{\"Packages\":{\"app\":{\"SecurityVersion\":0}}}");
            Assert.All([full, packages], a => Assert.True(
                a.IsSuccess || a.Message!.StartsWith("secrets were written again and again", StringComparison.Ordinal), a.Text));
        }

        await done.CancelAsync();
        await uploading;
        int activations = await activating;
        await mesh.RestartAsync();

        Assert.True(acknowledged > 0);
        Assert.Equal(last, mesh.State.Secrets["text"].Private.ToArray());
        Assert.Equal(acknowledged, (await mesh.LogAsync()).Count(l => l.Contains("\"Secret set\"", StringComparison.Ordinal)));
        Assert.Equal((ulong)activations, mesh.State.Activations.GetValueOrDefault("limited"));

        async Task UploadAsync()
        {
            for (int i = 0; !done.IsCancellationRequested; i++)
            {
                byte[] value = BitConverter.GetBytes(i + 1);
                Answer answer = await mesh.UploadAsync("text", value);
                if (answer.IsSuccess)
                {
                    acknowledged++;
                    last = value;
                }
                else
                {
                    Assert.Equal("the manifest was changed during the upload; upload again", answer.Message);
                }
            }
        }

        async Task<int> ActivateAsync()
        {
            int count = 0;
            while (!done.IsCancellationRequested)
            {
                try
                {
                    await mesh.ActivateAsync("limited");
                    count++;
                }
                catch (Grpc.Core.RpcException exception)
                {
                    Assert.Equal(Grpc.Core.StatusCode.Aborted, exception.StatusCode);
                }
            }

            return count;
        }
    }

    private static string Numbered(GovernedMesh mesh, int number, bool rotates = false) => mesh.Manifest(m =>
    {
        m["Config"]!["UpdateThreshold"] = 1;
        m["Config"]!["RotateRootSecret"] = rotates;
        m["Marbles"]!["limited"]!["MaxActivations"] = 1_000_000;
        m["Marbles"]!["web"]!["Parameters"]!["Env"]!["GENERATION"] = number.ToString(CultureInfo.InvariantCulture);
    });

    private static (
        string Root,
        string Shared,
        string SharedBefore,
        string Private,
        string PrivateBefore,
        string Certificate,
        string CertificateBefore) Identity(
        Dictionary<string, string> environment) =>
        (
            environment["MARBLE_PREDEFINED_ROOT_CA"],
            environment["SHARED"],
            environment["SHARED_BEFORE"],
            environment["PRIVATE"],
            environment["PRIVATE_BEFORE"],
            environment["CERT"],
            environment["CERT_BEFORE"]);

    private static bool IsIssuedBy(X509Certificate2 certificate, X509Certificate2 issuer)
    {
        using var chain = new X509Chain
        {
            ChainPolicy =
            {
                TrustMode = X509ChainTrustMode.CustomRootTrust,
                CustomTrustStore = { issuer },
                RevocationMode = X509RevocationMode.NoCheck,
                DisableCertificateDownloads = true,
            },
        };
        return chain.Build(certificate);
    }

    private static void AssertSigned(X509Certificate2 root, JsonElement manifest)
    {
        byte[] raw = manifest.GetProperty("manifest").GetBytesFromBase64();
        using ECDsa key = root.GetECDsaPublicKey()!;
        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(raw)), manifest.GetProperty("manifestFingerprint").GetString());
        Assert.True(key.VerifyData(
            raw,
            manifest.GetProperty("manifestSignatureRootECDSA").GetBytesFromBase64(),
            HashAlgorithmName.SHA256,
            DSASignatureFormat.Rfc3279DerSequence));
    }
}
