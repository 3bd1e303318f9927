using System.Text.Json.Nodes;
using MarbleRun.TestSupport.FakeKubernetes;
using static MarbleRun.Coordinator.Stores.Tests.FakeKubernetes.FakeApiClient;

namespace MarbleRun.Coordinator.Stores.Tests.FakeKubernetes;

/// <summary>
/// The API server of the tests against what Kubernetes documents. "Concepts" is
/// https://kubernetes.io/docs/reference/using-api/api-concepts/, "conventions" is api-conventions.md of the architecture group.
/// </summary>
public sealed class FakeApiServerTests(KubernetesStoreServer fixture) : IClassFixture<KubernetesStoreServer>, IDisposable
{
    private readonly FakeApiClient _client = new(fixture.Server);
    private readonly string _name = $"test-{Guid.NewGuid():N}";

    private string Path => $"{SecretsPath}/{_name}";

    public void Dispose() => _client.Dispose();

    /// <summary>Conventions, "Metadata": uid, resourceVersion, creationTimestamp; Secrets: the default of the type.</summary>
    [Fact]
    public async Task Create_Secret_IsReadWithWhatTheServerAdds()
    {
        (int code, JsonObject made) = await _client.PostAsync(SecretsPath, Secret(_name));
        (int found, JsonObject read) = await _client.GetAsync(Path);

        Assert.Equal((201, 200), (code, found));
        Assert.True(JsonNode.DeepEquals(made, read));
        Assert.Equal("Opaque", (string)read["type"]!);
        Assert.Equal("default", (string)read["metadata"]!["namespace"]!);
        Assert.True(Guid.TryParse((string)read["metadata"]!["uid"]!, out _));
        Assert.Matches("^[0-9-]{10}T[0-9:]{8}Z$", (string)read["metadata"]!["creationTimestamp"]!);
    }

    /// <summary>Conventions, "HTTP Status codes" and "Response Status Kind": 409 AlreadyExists for POST.</summary>
    [Fact]
    public async Task Create_NameThatIsThere_IsAlreadyExists()
    {
        await _client.PostAsync(SecretsPath, Secret(_name));

        (int code, JsonObject status) = await _client.PostAsync(SecretsPath, Secret(_name));

        AssertStatus(409, "AlreadyExists", code, status);
        Assert.Equal((_name, "secrets"), ((string)status["details"]!["name"]!, (string)status["details"]!["kind"]!));
    }

    /// <summary>Concepts, "Resource versions": a create has none; the namespace must be there; the body must be valid.</summary>
    [Fact]
    public async Task Create_WhatCannotBe_IsRefused()
    {
        JsonObject versioned = Secret(_name);
        versioned["metadata"]!["resourceVersion"] = "1";
        JsonObject large = Secret(_name, Convert.ToBase64String(new byte[(1024 * 1024) + 1]));

        AssertStatus(400, "BadRequest", await _client.PostAsync(SecretsPath, versioned));
        (int code, JsonObject status) = await _client.PostAsync("/api/v1/namespaces/other/secrets", Secret(_name));
        AssertStatus(404, "NotFound", code, status);
        Assert.Equal("namespaces", (string)status["details"]!["kind"]!);
        AssertStatus(422, "Invalid", await _client.PostAsync(SecretsPath, Secret("Not_A_Name")));
        AssertStatus(422, "Invalid", await _client.PostAsync(SecretsPath, large));
        AssertStatus(400, "BadRequest", await _client.PostAsync(SecretsPath, Secret(_name, "not base64")));
        AssertStatus(
            413, "RequestEntityTooLarge", await _client.PostAsync(SecretsPath, Secret(_name, new string('A', 4 * 1024 * 1024))));
        AssertStatus(404, "NotFound", await _client.GetAsync(Path));
    }

    /// <summary>Secrets, "Restriction on Secret data size": 1 MiB is possible.</summary>
    [Fact]
    public async Task Create_SecretOfOneMebibyte_IsMade()
    {
        (int code, _) = await _client.PostAsync(SecretsPath, Secret(_name, Convert.ToBase64String(new byte[1024 * 1024])));

        Assert.Equal(201, code);
    }

    /// <summary>Conventions, "Concurrency Control and Consistency": a PUT with an old resourceVersion is a 409 Conflict.</summary>
    [Fact]
    public async Task Replace_WithAnOldVersion_IsAConflict()
    {
        (_, JsonObject first) = await _client.PostAsync(SecretsPath, Secret(_name));
        JsonObject next = first.DeepClone().AsObject();
        next["data"]!["a"] = "AQ==";

        (int code, JsonObject second) = await _client.PutAsync(Path, next);
        (int stale, JsonObject status) = await _client.PutAsync(Path, next);

        Assert.Equal(200, code);
        Assert.NotEqual(VersionOf(first), VersionOf(second));
        Assert.Equal((string)first["metadata"]!["uid"]!, (string)second["metadata"]!["uid"]!);
        AssertStatus(409, "Conflict", stale, status);
    }

    /// <summary>Conventions: without a resourceVersion a PUT is unconditional, with another UID a conflict; it creates nothing.</summary>
    [Fact]
    public async Task Replace_OtherConditions_AreChecked()
    {
        AssertStatus(404, "NotFound", await _client.PutAsync(Path, Secret(_name)));
        await _client.PostAsync(SecretsPath, Secret(_name));
        JsonObject other = Secret(_name, "AQ==");
        other["metadata"]!["uid"] = Guid.NewGuid().ToString();

        AssertStatus(409, "Conflict", await _client.PutAsync(Path, other));
        AssertStatus(400, "BadRequest", await _client.PutAsync(Path, Secret("another")));
        Assert.Equal(200, (await _client.PutAsync(Path, Secret(_name, "AQ=="))).Code);
    }

    /// <summary>The API server does not write what is the same, so that its resourceVersion stays.</summary>
    [Fact]
    public async Task Replace_WithoutAChange_KeepsTheVersion()
    {
        (_, JsonObject first) = await _client.PostAsync(SecretsPath, Secret(_name));

        (int code, JsonObject again) = await _client.PutAsync(Path, first);

        Assert.Equal((200, VersionOf(first)), (code, VersionOf(again)));
    }

    /// <summary>Secrets, "Immutable Secrets": only metadata can be changed, and it cannot be taken back.</summary>
    [Fact]
    public async Task Replace_ImmutableSecret_ChangesMetadataAlone()
    {
        JsonObject secret = Secret(_name);
        secret["immutable"] = true;
        await _client.PostAsync(SecretsPath, secret);
        JsonObject data = secret.DeepClone().AsObject();
        data["data"]!["a"] = "AQ==";
        JsonObject mutable = secret.DeepClone().AsObject();
        mutable["immutable"] = false;
        JsonObject labelled = secret.DeepClone().AsObject();
        labelled["metadata"]!["labels"] = new JsonObject { ["x"] = "y" };

        AssertStatus(422, "Invalid", await _client.PutAsync(Path, data));
        AssertStatus(422, "Invalid", await _client.PutAsync(Path, mutable));
        Assert.Equal(200, (await _client.PutAsync(Path, labelled)).Code);
    }

    /// <summary>DeleteOptions: preconditions for uid and resourceVersion.</summary>
    [Fact]
    public async Task Delete_WithPreconditions_NeedsThatObject()
    {
        (_, JsonObject made) = await _client.PostAsync(SecretsPath, Secret(_name));

        AssertStatus(409, "Conflict", await _client.DeleteAsync(Path, Options("uid", Guid.NewGuid().ToString())));
        AssertStatus(409, "Conflict", await _client.DeleteAsync(Path, Options("resourceVersion", "1")));
        (int code, JsonObject status) = await _client.DeleteAsync(Path, Options("resourceVersion", VersionOf(made)));

        Assert.Equal((200, "Success"), (code, (string)status["status"]!));
        AssertStatus(404, "NotFound", await _client.DeleteAsync(Path));

        static JsonObject Options(string name, string value) => new()
        {
            ["apiVersion"] = "v1",
            ["kind"] = "DeleteOptions",
            ["preconditions"] = new JsonObject { [name] = value },
        };
    }

    /// <summary>Labels and Selectors: equality-based and set-based requirements; Field Selectors.</summary>
    [Theory]
    [InlineData("labelSelector=test={0},n=1", "1")]
    [InlineData("labelSelector=test={0},n!=1", "2 3")]
    [InlineData("labelSelector=test={0},n in (1,3)", "1 3")]
    [InlineData("labelSelector=test={0},n notin (1, 3)", "2")]
    [InlineData("labelSelector=test={0},odd", "1 3")]
    [InlineData("labelSelector=test={0},!odd", "2")]
    [InlineData("labelSelector=test={0}&fieldSelector=metadata.name={0}-2", "2")]
    [InlineData("labelSelector=test={0}&fieldSelector=metadata.name!={0}-2", "1 3")]
    public async Task List_WithSelectors_HasWhatTheyChoose(string query, string expected)
    {
        await CreateThreeAsync();

        (int code, JsonObject list) = await _client.GetAsync($"{SecretsPath}?{string.Format(null, query, _name)}");

        Assert.Equal((200, "SecretList"), (code, (string)list["kind"]!));
        Assert.Equal(expected, string.Join(' ', NamesOf(list).Select(n => n[^1])));
    }

    /// <summary>Concepts, "Retrieving large results sets in chunks": pages show one moment, until its version is forgotten.</summary>
    [Fact]
    public async Task List_InPages_ShowsOneMoment()
    {
        await CreateThreeAsync();
        string query = $"{SecretsPath}?labelSelector=test={_name}&limit=2";

        (_, JsonObject first) = await _client.GetAsync(query);
        await _client.DeleteAsync($"{Path}-3");
        string next = $"{query}&continue={Uri.EscapeDataString((string)first["metadata"]!["continue"]!)}";
        (_, JsonObject second) = await _client.GetAsync(next);
        fixture.Server.Store.Compact();

        Assert.Equal([$"{_name}-1", $"{_name}-2"], NamesOf(first));
        Assert.Equal([$"{_name}-3"], NamesOf(second));
        Assert.Equal(VersionOf(first), VersionOf(second));
        Assert.Null(second["metadata"]!["continue"]);
        AssertStatus(410, "Expired", await _client.GetAsync(next));
    }

    /// <summary>Concepts, "Alternate representations of resources" and the metadata kinds of meta.k8s.io.</summary>
    [Fact]
    public async Task Get_AsMetadata_HasNoData()
    {
        await _client.PostAsync(SecretsPath, Secret(_name));

        (_, JsonObject one) = await _client.GetAsync(Path, "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1");
        (_, JsonObject list) = await _client.GetAsync(
            SecretsPath, "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,application/json");

        Assert.Equal(("PartialObjectMetadata", "meta.k8s.io/v1"), ((string)one["kind"]!, (string)one["apiVersion"]!));
        Assert.Null(one["data"]);
        Assert.Equal("PartialObjectMetadataList", (string)list["kind"]!);
        Assert.Contains(_name, NamesOf(list));
        AssertStatus(406, "NotAcceptable", await _client.GetAsync(Path, "application/yaml"));
    }

    /// <summary>Authentication: 401 without a known user; RBAC: 403 with the missing right.</summary>
    [Fact]
    public async Task Request_WithoutRights_IsRefused()
    {
        fixture.Server.Tokens["reader-token"] = "reader";
        fixture.Server.IsAllowed = r => r.User != "reader" || r.Verb == "get";
        using var anonymous = new FakeApiClient(fixture.Server, token: null);
        using var unknown = new FakeApiClient(fixture.Server, "unknown-token");
        using var reader = new FakeApiClient(fixture.Server, "reader-token");

        AssertStatus(401, "Unauthorized", await anonymous.GetAsync(Path));
        AssertStatus(401, "Unauthorized", await unknown.GetAsync(Path));
        AssertStatus(404, "NotFound", await reader.GetAsync(Path));
        (int code, JsonObject status) = await reader.PostAsync(SecretsPath, Secret(_name));
        AssertStatus(403, "Forbidden", code, status);
        Assert.Contains("cannot create resource \"secrets\"", (string)status["message"]!, StringComparison.Ordinal);
    }

    /// <summary>EndpointSlices are objects as Secrets are, in the group discovery.k8s.io.</summary>
    [Fact]
    public async Task EndpointSlices_AreServedLikeSecrets()
    {
        JsonObject slice = JsonNode.Parse(
            $$"""
            {"apiVersion":"discovery.k8s.io/v1","kind":"EndpointSlice","addressType":"IPv4",
             "metadata":{"name":"{{_name}}","labels":{"kubernetes.io/service-name":"{{_name}}"} },
             "endpoints":[{"addresses":["10.0.0.1"]}]}
            """)!.AsObject();

        Assert.Equal(201, (await _client.PostAsync(SlicesPath, slice)).Code);
        AssertStatus(400, "BadRequest", await _client.PostAsync(SlicesPath, Secret(_name)));
        (_, JsonObject list) = await _client.GetAsync($"{SlicesPath}?labelSelector=kubernetes.io/service-name={_name}");

        Assert.Equal(("EndpointSliceList", "discovery.k8s.io/v1"), ((string)list["kind"]!, (string)list["apiVersion"]!));
        Assert.Equal([_name], NamesOf(list));
    }

    private static IEnumerable<string> NamesOf(JsonObject list) =>
        list["items"]!.AsArray().Select(i => (string)i!["metadata"]!["name"]!);

    private static void AssertStatus(int code, string reason, (int Code, JsonObject Body) answer) =>
        AssertStatus(code, reason, answer.Code, answer.Body);

    private static void AssertStatus(int code, string reason, int actual, JsonObject status)
    {
        Assert.Equal(code, actual);
        Assert.Equal(
            ("Status", "v1", "Failure", reason, code),
            ((string)status["kind"]!, (string)status["apiVersion"]!, (string)status["status"]!, (string)status["reason"]!,
                (int)status["code"]!));
    }

    private async Task CreateThreeAsync()
    {
        for (int i = 1; i <= 3; i++)
        {
            JsonObject secret = Secret($"{_name}-{i}");
            JsonObject labels = new() { ["test"] = _name, ["n"] = $"{i}" };
            if (i != 2)
            {
                labels["odd"] = "yes";
            }

            secret["metadata"]!["labels"] = labels;
            Assert.Equal(201, (await _client.PostAsync(SecretsPath, secret)).Code);
        }
    }
}
