using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using MarbleRun.Coordinator.State.Stores;
using MarbleRun.TestSupport;
using MarbleRun.TestSupport.Servers;
using Microsoft.Extensions.Options;

namespace MarbleRun.Coordinator.Stores.Tests;

/// <summary>What etcd alone can do to a state.</summary>
public sealed class EtcdDetailsTests(EtcdStoreServer server) : IClassFixture<EtcdStoreServer>
{
    private const string Section = "Coordinator:Store:Etcd:";

    private readonly string _deployment = $"test-{Guid.NewGuid():N}";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Commit_ConnectionIsCut_IsMadeOnceAndAcknowledged(bool isAfterTheAnswer)
    {
        using var proxy = new CuttingProxy(server.Process!.Port, "the cut one"u8, isAfterTheAnswer);
        IStateStore store = server.Connect(_deployment, (Section + "Endpoints", $"http://127.0.0.1:{proxy.Port}"));
        StateVersion first = await store.CommitAsync(State("one"), null, Token);

        StateVersion second = await store.CommitAsync(State("the cut one"), first, Token);

        Assert.Equal(1, proxy.Cuts);
        IStateStore other = server.Connect(_deployment);
        Assert.Equal(second, await other.ReadVersionAsync(Token));

        // The fence that was raised does not disturb others.
        await store.CommitBlobAsync("counters", "a"u8.ToArray(), null, Token);
        await other.CommitAsync(State("three"), second, Token);
    }

    [Fact]
    public async Task Commit_SeveralChunks_LeavesNoChunkOfEarlierCommits()
    {
        IStateStore store = server.Connect(_deployment, (Section + "ChunkSize", "4096"));
        StateVersion version = await store.CommitAsync(new StateBlobs(new byte[10_000], default), null, Token);
        version = await store.CommitAsync(new StateBlobs(new byte[20_000], default), version, Token);
        await Assert.ThrowsAsync<StateStoreException>(
            async () => await store.CommitAsync(new StateBlobs(new byte[30_000], default), null, Token));

        Assert.Equal(20_000, (await store.LoadAsync(Token))!.Blobs.Data.Length);
        Assert.Equal(5, await CountAsync($"/marblerun/{_deployment}/chunk/"));
    }

    [Fact]
    public async Task Commit_LargerThanARequestMayBe_NamesTheSettingOfTheServer()
    {
        IStateStore store = server.Connect(_deployment, (Section + "ChunkSize", "3000000"));

        StateStoreException failure = await Assert.ThrowsAsync<StateStoreException>(
            async () => await store.CommitAsync(new StateBlobs(new byte[2_000_000], default), null, Token));

        Assert.Contains("--max-request-bytes=3131072", failure.Message, StringComparison.Ordinal);
        Assert.False(failure.IsOutcomeUnknown);
        Assert.Null(await store.LoadAsync(Token));
    }

    [Fact]
    public async Task Load_HeadThatSaysTooMuch_IsRefused()
    {
        IStateStore writer = server.Connect(_deployment);
        await writer.CommitAsync(new StateBlobs(new byte[100_000], default), null, Token);
        IStateStore reader = server.Connect(_deployment, (Section + "MaxBlobSize", "65536"));

        StateStoreException failure = await Assert.ThrowsAsync<StateStoreException>(async () => await reader.LoadAsync(Token));

        Assert.Contains("100000 bytes", failure.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("AAAA", "not of this store")]
    [InlineData("ChAAAAAAAAAAAAAAAAAAAAAAEAUYAQ==", "not whole")]
    public async Task Load_HeadOfAnotherProgram_IsRefused(string value, string reason)
    {
        string key = Convert.ToBase64String(Encoding.UTF8.GetBytes($"/marblerun/{_deployment}/head/state"));
        await PostAsync("kv/put", $$"""{"key":"{{key}}","value":"{{value}}"}""");

        StateStoreException failure =
            await Assert.ThrowsAsync<StateStoreException>(async () => await server.Connect(_deployment).LoadAsync(Token));

        Assert.Contains(reason, failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Archive_State_KeepsItsChunks()
    {
        IStateStore store = server.Connect(_deployment);
        await store.CommitAsync(State("one"), null, Token);

        string place = await store.ArchiveAsync(Token);
        await store.CommitAsync(State("two"), null, Token);

        string archive = place[(place.LastIndexOf(' ') + 1)..];
        Assert.Equal(1, await CountAsync(archive));
        Assert.Equal(2, await CountAsync($"/marblerun/{_deployment}/chunk/"));
    }

    [Fact]
    public async Task Connect_TlsWithAClientCertificate_WorksAndWithoutOneFails()
    {
        using var folder = new TemporaryDirectory();
        (string ca, string certificate, string key) = await WriteCertificatesAsync(folder);
        using ServerProcess etcd = await EtcdServer.StartAsync(
            folder,
            "https",
            $"--cert-file={certificate}",
            $"--key-file={key}",
            "--client-cert-auth",
            $"--trusted-ca-file={ca}");
        (string Key, string Value)[] settings =
        [
            (Section + "Endpoints", $"https://127.0.0.1:{etcd.Port}"),
            (Section + "CertificateAuthorityFile", ca),
            (Section + "CommandTimeout", "00:00:02"),
        ];
        (string Key, string Value)[] client = [(Section + "ClientCertificateFile", certificate), (Section + "ClientKeyFile", key)];

        await server.Connect(_deployment, [.. settings, .. client]).CommitAsync(State("one"), null, Token);
        await Assert.ThrowsAsync<StateStoreException>(async () => await server.Connect(_deployment, settings).LoadAsync(Token));
        await Assert.ThrowsAsync<StateStoreException>(
            async () => await server.Connect(_deployment, [settings[0], settings[2], .. client]).LoadAsync(Token));
    }

    [Fact]
    public async Task Connect_UserWithAPasswordFile_IsLoggedInAndTheWrongOneIsNot()
    {
        const string Password = "not-for-the-log-0815";
        using var folder = new TemporaryDirectory();
        using ServerProcess etcd = await EtcdServer.StartAsync(folder, "http");
        string endpoint = $"http://127.0.0.1:{etcd.Port}";
        await PostAsync("auth/user/add", $$"""{"name":"root","password":"{{Password}}"}""", endpoint);
        await PostAsync("auth/user/grant", """{"user":"root","role":"root"}""", endpoint);
        await PostAsync("auth/enable", "{}", endpoint);
        string file = folder.File("password");
        await File.WriteAllTextAsync(file, Password + "x\n", Token);
        (string, string)[] settings = [(Section + "Endpoints", endpoint), (Section + "User", "root"), (Section + "PasswordFile", file)];
        IStateStore store = server.Connect(_deployment, settings);

        StateStoreException refused = await Assert.ThrowsAsync<StateStoreException>(async () => await store.LoadAsync(Token));
        await File.WriteAllTextAsync(file, Password + "\n", Token);
        StateVersion version = await store.CommitAsync(State("one"), null, Token);
        etcd.Kill();
        await etcd.RestartAsync();

        // The token of before is worth nothing now.
        Assert.Equal(version, await SharedStoreConformance.RetryAsync(async () => (await store.ReadVersionAsync(Token))!.Value));
        Assert.Contains("PasswordFile", refused.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(Password, refused.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain(server.Logs.Entries, e => e.Contains(Password, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("Endpoints", "", "must be addresses")]
    [InlineData("Endpoints", "etcd:2379", "must be addresses")]
    [InlineData("Endpoints", "http://user:secret@etcd:2379", "must be addresses")]
    [InlineData("Deployment", "a/b", "must be 1 to 64")]
    [InlineData("User", "coordinator", "belong together")]
    [InlineData("ClientKeyFile", "/no/such/file", "not a file that exists")]
    [InlineData("ChunkSize", "1", "4096")]
    public void Options_ThatCannotWork_AreRefused(string member, string value, string rule)
    {
        OptionsValidationException refused =
            Assert.Throws<OptionsValidationException>(() => server.Connect(_deployment, (Section + member, value)));

        Assert.Contains(rule, refused.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", refused.Message, StringComparison.Ordinal);
    }

    private static StateBlobs State(string text) => new(Encoding.UTF8.GetBytes(text), "key"u8.ToArray());

    /// <summary>One certificate that is its own authority, for server and client.</summary>
    private static async Task<(string Ca, string Certificate, string Key)> WriteCertificatesAsync(TemporaryDirectory folder)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=etcd", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddIpAddress(System.Net.IPAddress.Loopback);
        request.CertificateExtensions.Add(names.Build());
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        DateTimeOffset now = TimeProvider.System.GetUtcNow();
        using X509Certificate2 certificate = request.CreateSelfSigned(now.AddMinutes(-5), now.AddDays(1));
        string path = folder.File("etcd.pem");
        await File.WriteAllTextAsync(path, certificate.ExportCertificatePem(), Token);
        await File.WriteAllTextAsync(folder.File("etcd.key"), key.ExportPkcs8PrivateKeyPem(), Token);
        return (path, path, folder.File("etcd.key"));
    }

    private async Task<int> CountAsync(string prefix)
    {
        string end = prefix[..^1] + (char)(prefix[^1] + 1);
        string answer = await PostAsync(
            "kv/range",
            $$"""
            {"key":"{{Convert.ToBase64String(Encoding.UTF8.GetBytes(prefix))}}",
             "range_end":"{{Convert.ToBase64String(Encoding.UTF8.GetBytes(end))}}","count_only":true}
            """);
        return System.Text.Json.JsonDocument.Parse(answer).RootElement.TryGetProperty("count", out System.Text.Json.JsonElement count)
            ? int.Parse(count.GetString()!, System.Globalization.CultureInfo.InvariantCulture)
            : 0;
    }

    private async Task<string> PostAsync(string method, string body, string? endpoint = null)
    {
        using var client = new HttpClient();
        using HttpResponseMessage response =
            await client.PostAsync(new Uri($"{endpoint ?? server.Endpoint}/v3/{method}"), new StringContent(body), Token);
        string answer = await response.Content.ReadAsStringAsync(Token);
        Assert.True(response.IsSuccessStatusCode, answer);
        return answer;
    }
}
