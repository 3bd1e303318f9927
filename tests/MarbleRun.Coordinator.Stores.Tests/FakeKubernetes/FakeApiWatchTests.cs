using System.Text.Json.Nodes;
using static MarbleRun.Coordinator.Stores.Tests.FakeKubernetes.FakeApiClient;

namespace MarbleRun.Coordinator.Stores.Tests.FakeKubernetes;

/// <summary>
/// Watches of the API server of the tests, against "Efficient detection of changes", "Watch bookmarks", "Resource versions" and "410 Gone
/// responses" of https://kubernetes.io/docs/reference/using-api/api-concepts/.
/// </summary>
public sealed class FakeApiWatchTests(KubernetesStoreServer fixture) : IClassFixture<KubernetesStoreServer>, IDisposable
{
    private readonly FakeApiClient _client = new(fixture.Server);
    private readonly string _name = $"test-{Guid.NewGuid():N}";

    private string Path => $"{SecretsPath}/{_name}";

    private string Watch => $"{SecretsPath}?watch=1&fieldSelector=metadata.name={_name}";

    private long Now => fixture.Server.Store.Revision;

    public void Dispose() => _client.Dispose();

    /// <summary>"Start at Exact": all changes after the version, of the selected objects alone.</summary>
    [Fact]
    public async Task Watch_FromAVersion_HasAllLaterChanges()
    {
        long start = Now;
        (_, JsonObject made) = await _client.PostAsync(SecretsPath, Secret(_name));
        await _client.PostAsync(SecretsPath, Secret($"{_name}-other"));
        made["data"]!["a"] = "AQ==";
        await _client.PutAsync(Path, made);
        await _client.DeleteAsync(Path);

        List<(string Type, JsonObject Object)> events =
            await TakeAsync(_client.WatchAsync($"{Watch}&resourceVersion={start}"), 3);

        Assert.Equal(["ADDED", "MODIFIED", "DELETED"], events.Select(e => e.Type));
        Assert.All(events, e => Assert.Equal(_name, (string)e.Object["metadata"]!["name"]!));

        // A deletion has a version of its own, from which a watch goes on.
        Assert.Equal(3, events.Select(e => VersionOf(e.Object)).Distinct().Count());
    }

    /// <summary>"Get State and Start at Most Recent": first what is there.</summary>
    [Fact]
    public async Task Watch_WithoutAVersion_BeginsWithWhatIsThere()
    {
        (_, JsonObject made) = await _client.PostAsync(SecretsPath, Secret(_name));

        (string type, JsonObject first) = Assert.Single(await TakeAsync(_client.WatchAsync(Watch), 1));

        Assert.Equal(("ADDED", VersionOf(made)), (type, VersionOf(first)));
    }

    /// <summary>A list and a watch from its version miss nothing, also if there is nothing yet.</summary>
    [Fact]
    public async Task Watch_FromTheVersionOfAList_GoesOnFromThere()
    {
        (_, JsonObject list) = await _client.GetAsync($"{SecretsPath}?fieldSelector=metadata.name={_name}");
        Task<List<(string Type, JsonObject Object)>> watching =
            TakeAsync(_client.WatchAsync($"{Watch}&resourceVersion={VersionOf(list)}"), 1);

        await _client.PostAsync(SecretsPath, Secret(_name));

        Assert.Equal("ADDED", Assert.Single(await watching).Type);
    }

    /// <summary>An object that leaves the selection is deleted for the watch, and one that enters it is added.</summary>
    [Fact]
    public async Task Watch_LabelsChange_AddsAndDeletes()
    {
        long start = Now;
        (_, JsonObject made) = await _client.PostAsync(SecretsPath, Secret(_name));
        foreach (string value in (string[])["in", "out"])
        {
            made["metadata"]!["labels"] = new JsonObject { ["x"] = value };
            (_, made) = await _client.PutAsync(Path, made);
        }

        List<(string Type, JsonObject Object)> events =
            await TakeAsync(_client.WatchAsync($"{Watch}&labelSelector=x=in&resourceVersion={start}"), 2);

        Assert.Equal(["ADDED", "DELETED"], events.Select(e => e.Type));
    }

    /// <summary>"Watch bookmarks": only the version is set, and a watch can go on from it.</summary>
    [Fact]
    public async Task Watch_WithBookmarks_SaysUpToWhereNothingHappened()
    {
        (_, JsonObject made) = await _client.PostAsync(SecretsPath, Secret(_name));
        fixture.Server.Store.AdvanceRevision(100);
        string watch = $"{Watch}&allowWatchBookmarks=true&resourceVersion={VersionOf(made)}";

        (string type, JsonObject bookmark) = Assert.Single(await TakeAsync(_client.WatchAsync(watch), 1));

        Assert.Equal(("BOOKMARK", "Secret"), (type, (string)bookmark["kind"]!));
        Assert.Equal("resourceVersion", Assert.Single(bookmark["metadata"]!.AsObject()).Key);
        Assert.True(long.Parse(VersionOf(bookmark), null) >= long.Parse(VersionOf(made), null) + 100);
    }

    /// <summary>The parameter timeoutSeconds limits the duration.</summary>
    [Fact]
    public async Task Watch_WithATimeLimit_EndsByItself()
    {
        List<(string Type, JsonObject Object)> events =
            await TakeAsync(_client.WatchAsync($"{Watch}&resourceVersion={Now}&timeoutSeconds=1"), 1000);

        Assert.Empty(events);
    }

    /// <summary>"410 Gone responses": the status of the answer, or of an event in the stream.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Watch_FromAVersionThatIsForgotten_IsGone(bool isStatus)
    {
        long start = Now;
        await _client.PostAsync(SecretsPath, Secret(_name));
        fixture.Server.Store.Compact();
        fixture.Server.IsGoneAStatus = isStatus;

        if (isStatus)
        {
            (int code, JsonObject status) = await _client.GetAsync($"{Watch}&resourceVersion={start}");
            Assert.Equal((410, "Expired"), (code, (string)status["reason"]!));
        }
        else
        {
            (string type, JsonObject status) =
                Assert.Single(await TakeAsync(_client.WatchAsync($"{Watch}&resourceVersion={start}"), 10));
            Assert.Equal(("ERROR", 410, "Status"), (type, (int)status["code"]!, (string)status["kind"]!));
        }
    }

    private static async Task<List<(string Type, JsonObject Object)>> TakeAsync(
        IAsyncEnumerable<(string Type, JsonObject Object)> watch, int count)
    {
        List<(string Type, JsonObject Object)> events = [];
        await foreach ((string Type, JsonObject Object) received in watch)
        {
            events.Add(received);
            if (events.Count == count)
            {
                break;
            }
        }

        return events;
    }
}
