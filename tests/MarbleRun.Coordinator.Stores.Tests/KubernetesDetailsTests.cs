using System.Diagnostics;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json.Nodes;
using MarbleRun.Coordinator.State.Stores;
using MarbleRun.Coordinator.Stores.Tests.FakeKubernetes;
using MarbleRun.TestSupport;
using MarbleRun.TestSupport.FakeKubernetes;
using Microsoft.Extensions.Options;

namespace MarbleRun.Coordinator.Stores.Tests;

/// <summary>What Kubernetes alone can do to a state.</summary>
public sealed class KubernetesDetailsTests(KubernetesStoreServer server) : IClassFixture<KubernetesStoreServer>, IDisposable
{
    private const string Section = "Coordinator:Store:Kubernetes:";

    private readonly string _deployment = $"test-{Guid.NewGuid():N}";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private FakeApiServer Api => server.Server;

    public void Dispose()
    {
        Api.Faults = _ => null;
        Api.IsAllowed = _ => true;
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
        Assert.Equal(5, server.Chunks(_deployment).Count);
        Assert.All(server.Chunks(_deployment), name => Assert.True((bool)Read(name)["immutable"]!));

        await store.CommitAsync(State("small"), version, Token);
        Assert.Empty(server.Chunks(_deployment));
    }

    [Fact]
    public async Task Commit_Secrets_HaveLabelsOfTheDeployment()
    {
        await server.Connect(_deployment).CommitAsync(State("one"), null, Token);

        JsonNode labels = Read($"{_deployment}-state")["metadata"]!["labels"]!;

        Assert.Equal("marblerun-coordinator", (string)labels["app.kubernetes.io/managed-by"]!);
        Assert.Equal(_deployment, (string)labels["marblerun/deployment"]!);
    }

    /// <summary>Names of Secrets have no '_', and end with a letter or a digit.</summary>
    [Fact]
    public async Task Blobs_OfSimilarNames_AreDifferentOnes()
    {
        IStateStore store = server.Connect(_deployment);
        string[] names = ["a", "a_", "a__", "_a", "a_a", "_", "__", new string('_', 64)];
        foreach (string name in names)
        {
            await store.CommitBlobAsync(name, Encoding.UTF8.GetBytes(name), null, Token);
        }

        foreach (string name in names)
        {
            Assert.Equal(name, Encoding.UTF8.GetString((await store.LoadBlobAsync(name, Token))!.Bytes.Span));
        }
    }

    [Fact]
    public async Task Archive_State_KeepsItsChunks()
    {
        IStateStore store = server.Connect(_deployment, (Section + "ChunkSize", "4096"));
        await store.CommitAsync(new StateBlobs(new byte[10_000], "key"u8.ToArray()), null, Token);

        string place = await store.ArchiveAsync(Token);
        StateVersion version = await store.CommitAsync(new StateBlobs(new byte[5_000], default), null, Token);
        await store.CommitAsync(State("two"), version, Token);

        JsonObject archived = Read(place[(place.LastIndexOf(' ') + 1)..]);
        Assert.Equal("10000", (string)archived["metadata"]!["annotations"]!["marblerun/size"]!);
        Assert.NotNull(archived["data"]!["sealed_key"]);
        Assert.Equal(3, server.Chunks(_deployment).Count);
    }

    /// <summary>Another program, or the Secret of a Coordinator in Go, which has the same name by default.</summary>
    [Fact]
    public async Task SecretOfAnotherProgram_IsNeitherReadNorReplaced()
    {
        JsonObject secret = FakeApiClient.Secret($"{_deployment}-state");
        secret["data"] = new JsonObject { ["sealed_data"] = "AAAA", ["sealed_key"] = "AAAA" };
        using var client = new FakeApiClient(Api);
        (_, JsonObject made) = await client.PostAsync(FakeApiClient.SecretsPath, secret);
        IStateStore store = server.Connect(_deployment);

        StateStoreException read = await Assert.ThrowsAsync<StateStoreException>(async () => await store.LoadAsync(Token));
        StateStoreException written =
            await Assert.ThrowsAsync<StateStoreException>(async () => await store.CommitAsync(State("one"), null, Token));

        Assert.Contains("not of this store", read.Message, StringComparison.Ordinal);
        Assert.Contains("not of this store", written.Message, StringComparison.Ordinal);
        Assert.Equal(FakeApiClient.VersionOf(made), FakeApiClient.VersionOf(Read($"{_deployment}-state")));
    }

    [Fact]
    public async Task Load_ChunkWasDeleted_SaysThatTheStateIsNotWhole()
    {
        IStateStore store = server.Connect(_deployment, (Section + "ChunkSize", "4096"));
        await store.CommitAsync(new StateBlobs(new byte[10_000], default), null, Token);
        Api.Store.Delete(new ObjectPath("secrets", "default", server.Chunks(_deployment)[1]), null, null);

        StateStoreException failure = await Assert.ThrowsAsync<StateStoreException>(async () => await store.LoadAsync(Token));

        Assert.Contains("not whole", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Load_HeadThatSaysTooMuch_IsRefused()
    {
        await server.Connect(_deployment).CommitAsync(new StateBlobs(new byte[100_000], default), null, Token);
        IStateStore reader = server.Connect(_deployment, (Section + "MaxBlobSize", "65536"));

        StateStoreException failure = await Assert.ThrowsAsync<StateStoreException>(async () => await reader.LoadAsync(Token));

        Assert.Contains("100000 bytes", failure.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(403, "Forbidden", """verbs: ["get", "list", "watch", "create", "update", "delete"]""")]
    [InlineData(413, "RequestEntityTooLarge", "Lower Coordinator:Store:Kubernetes:ChunkSize (now 524288)")]
    [InlineData(422, "Invalid", "admission policy")]
    [InlineData(429, "TooManyRequests", "FlowSchema")]
    public async Task Commit_Refused_NamesPlaceAndRemedy(int code, string reason, string remedy)
    {
        IStateStore store = server.Connect(_deployment);
        StateVersion version = await store.CommitAsync(State("one"), null, Token);
        Api.Faults = r => r.Verb == "update" ? Fault.Fail(code, reason) : null;

        StateStoreException failure =
            await Assert.ThrowsAsync<StateStoreException>(async () => await store.CommitAsync(State("two"), version, Token));

        Assert.StartsWith($"{server.Name}, Secret '{_deployment}-state': the state cannot be committed.", failure.Message);
        Assert.Contains(remedy, failure.Message, StringComparison.Ordinal);
        Assert.Contains($"({code} {reason})", failure.Message, StringComparison.Ordinal);
        Assert.False(failure.IsConflict || failure.IsOutcomeUnknown);
        Assert.Equal(version, await store.ReadVersionAsync(Token));
    }

    /// <summary>etcd's limit of a request, which the API server passes on.</summary>
    [Fact]
    public async Task Commit_TooLargeForEtcd_NamesTheOption()
    {
        IStateStore store = server.Connect(_deployment);
        Api.Faults = r => r.Verb == "create"
            ? new Fault { Answer = new ApiStatusException(500, "InternalError", "etcdserver: request is too large") }
            : null;

        StateStoreException failure =
            await Assert.ThrowsAsync<StateStoreException>(async () => await store.CommitAsync(State("one"), null, Token));

        Assert.Contains("ChunkSize", failure.Message, StringComparison.Ordinal);
        Assert.False(failure.IsOutcomeUnknown);
    }

    [Fact]
    public async Task Read_ServerFails_PointsToServerAndEtcd()
    {
        IStateStore store = server.Connect(_deployment);
        Api.Faults = r => Fault.Fail(503, "ServiceUnavailable");

        StateStoreException failure = await Assert.ThrowsAsync<StateStoreException>(async () => await store.LoadAsync(Token));

        Assert.Contains("/readyz?verbose", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Namespace_ThatIsMissing_IsNamedWithTheCommand()
    {
        IStateStore store = server.Connect(_deployment, (Section + "Namespace", "missing"));
        Assert.Null(await store.LoadAsync(Token));

        StateStoreException failure =
            await Assert.ThrowsAsync<StateStoreException>(async () => await store.CommitAsync(State("one"), null, Token));

        Assert.Contains("kubectl create namespace missing", failure.Message, StringComparison.Ordinal);
    }

    /// <summary>An address that answers 404 to everything is not an empty store, of which another authority would be made.</summary>
    [Fact]
    public async Task ApiServer_AddressOfSomethingElse_IsNotAnEmptyStore()
    {
        IStateStore store = server.Connect(_deployment, (Section + "ApiServer", Api.Address + "/other"));

        StateStoreException failure = await Assert.ThrowsAsync<StateStoreException>(async () => await store.LoadAsync(Token));

        Assert.Contains("ApiServer is the address", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Busy_ServerSaysWhen_IsAskedAgainThen()
    {
        IStateStore store = server.Connect(_deployment);
        StateVersion version = await store.CommitAsync(State("one"), null, Token);
        int count = 0;
        Api.Faults = r => ++count == 1 ? Fault.Fail(429, "TooManyRequests", retryAfter: "1") : null;
        long start = Stopwatch.GetTimestamp();

        await store.CommitAsync(State("two"), version, Token);

        Assert.Equal(2, count);
        Assert.True(Stopwatch.GetElapsedTime(start) >= TimeSpan.FromMilliseconds(950));
    }

    [Fact]
    public async Task Busy_LongerThanTheTimeLimit_FailsAtOnce()
    {
        IStateStore store = server.Connect(_deployment);
        Api.Faults = _ => Fault.Fail(429, "TooManyRequests", retryAfter: "60");
        long start = Stopwatch.GetTimestamp();

        await Assert.ThrowsAsync<StateStoreException>(async () => await store.LoadAsync(Token));

        Assert.True(Stopwatch.GetElapsedTime(start) < TimeSpan.FromSeconds(4));
    }

    /// <summary>Bound tokens of service accounts are replaced before they expire.</summary>
    [Fact]
    public async Task Token_WasReplaced_IsReadAgain()
    {
        using var folder = new TemporaryDirectory();
        string file = folder.File("token");
        await File.WriteAllTextAsync(file, "first-token\n", Token);
        Api.Tokens["first-token"] = "rotating";
        IStateStore store = server.Connect(_deployment, (Section + "TokenFile", file));
        StateVersion version = await store.CommitAsync(State("one"), null, Token);
        Api.Tokens.TryRemove("first-token", out _);

        StateStoreException refused =
            await Assert.ThrowsAsync<StateStoreException>(async () => await store.CommitAsync(State("two"), version, Token));
        Api.Tokens["second-token"] = "rotating";
        await File.WriteAllTextAsync(file, "second-token\n", Token);
        await store.CommitAsync(State("two"), version, Token);

        Assert.Contains(file, refused.Message, StringComparison.Ordinal);
        Assert.False(refused.IsOutcomeUnknown);
        Assert.DoesNotContain("first-token", refused.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain(server.Logs.Entries, e => e.Contains("-token", StringComparison.Ordinal));
    }

    /// <summary>What a header does not take is not repeated in a message.</summary>
    [Fact]
    public async Task Token_FileHoldsSomethingElse_IsRefusedWithoutItsContent()
    {
        using var folder = new TemporaryDirectory();
        string file = folder.File("token");
        await File.WriteAllTextAsync(file, "not one\ntoken 4711", Token);

        StateStoreException refused = await Assert.ThrowsAsync<StateStoreException>(
            async () => await server.Connect(_deployment, (Section + "TokenFile", file)).LoadAsync(Token));

        Assert.Contains("does not hold one bearer token", refused.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("4711", refused.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Connect_ServerOfAnotherAuthority_IsRefusedBeforeTheTokenIsSent()
    {
        using var folder = new TemporaryDirectory();
        using X509Certificate2 other = FakeApiServer.CreateCertificate("other");
        string file = folder.File("ca.crt");
        await File.WriteAllTextAsync(file, other.ExportCertificatePem(), Token);
        int before = Api.Requests.Count;

        StateStoreException refused = await Assert.ThrowsAsync<StateStoreException>(
            async () => await server.Connect(_deployment, (Section + "CertificateAuthorityFile", file)).LoadAsync(Token));

        Assert.Contains("CertificateAuthorityFile", refused.Message, StringComparison.Ordinal);
        Assert.Equal(before, Api.Requests.Count);
    }

    [Fact]
    public async Task Connect_WithAClientCertificate_NeedsNoToken()
    {
        using var folder = new TemporaryDirectory();
        using X509Certificate2 client = FakeApiServer.CreateCertificate("coordinator");
        await File.WriteAllTextAsync(folder.File("client.crt"), client.ExportCertificatePem(), Token);
        await File.WriteAllTextAsync(
            folder.File("client.key"), client.GetECDsaPrivateKey()!.ExportPkcs8PrivateKeyPem(), Token);
        (string, string)[] settings =
        [
            (Section + "TokenFile", string.Empty),
            (Section + "ClientCertificateFile", folder.File("client.crt")),
            (Section + "ClientKeyFile", folder.File("client.key")),
        ];

        StateStoreException refused = await Assert.ThrowsAsync<StateStoreException>(
            async () => await server.Connect(_deployment, settings).LoadAsync(Token));
        Api.ClientCertificates[client.GetCertHashString(HashAlgorithmName.SHA256)] = "coordinator";
        await server.Connect(_deployment, settings).CommitAsync(State("one"), null, Token);

        Assert.Contains("ClientCertificateFile", refused.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("ApiServer", "http://10.0.0.1:8080", "must be https")]
    [InlineData("ApiServer", "https://user:secret@10.0.0.1", "without user")]
    [InlineData("ApiServer", "", "KUBERNETES_SERVICE_HOST is not set")]
    [InlineData("Namespace", "Default", "name of a namespace")]
    [InlineData("Deployment", "a.b", "1 to 57")]
    [InlineData("Deployment", "-a", "1 to 57")]
    [InlineData("TokenFile", "/no/such/file", "not a file that exists")]
    [InlineData("ClientKeyFile", "/etc/hostname", "belong together")]
    [InlineData("CommandTimeout", "00:00:00.01", "100 ms")]
    [InlineData("ChunkSize", "1048576", "983040")]
    public void Options_ThatCannotWork_AreRefused(string member, string value, string rule)
    {
        OptionsValidationException refused =
            Assert.Throws<OptionsValidationException>(() => server.Connect(_deployment, (Section + member, value)));

        Assert.Contains(rule, refused.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("secret@", refused.Message, StringComparison.Ordinal);
    }

    private static StateBlobs State(string text) => new(Encoding.UTF8.GetBytes(text), "key"u8.ToArray());

    private JsonObject Read(string name) => Api.Store.Get(new ObjectPath("secrets", "default", name));
}
