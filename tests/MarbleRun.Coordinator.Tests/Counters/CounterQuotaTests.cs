using System.Text;
using MarbleRun.Coordinator.State.Changes;
using MarbleRun.Coordinator.Tests.Http;
using MarbleRun.Coordinator.Tests.Manifests;
using Microsoft.Extensions.DependencyInjection;

namespace MarbleRun.Coordinator.Tests.Counters;

/// <summary>How much of the counters one type may use, and calls that an update overtakes.</summary>
public sealed class CounterQuotaTests
{
    private const string Body = """{"name":"n","value":5}""";

    [Fact]
    [Trait("Security", "G2")]
    public async Task Raise_OneTypeHasAllThatItMay_LeavesRoomForTheOthers()
    {
        await using GovernedMesh mesh = await GovernedMesh.StartAsync();
        using CounterMarble web = await CounterMarble.ActivateAsync(mesh, "web");
        using CounterMarble signed = await CounterMarble.ActivateAsync(mesh, "signed");
        Assert.Equal(CounterMarble.Value(0), await web.RaiseAsync("old", 1));

        // Instances that one type made up.
        await mesh.Host.Services.GetRequiredService<StateWriter>().ChangeAsync(
            state => (
                state with
                {
                    Counters = state.Counters.Raise(
                    Enumerable.Range(0, 9_999).Select(i => KeyValuePair.Create($"{Base64("web")}:{i}:n", 1UL)))
                },
                true),
            TestContext.Current.CancellationToken);

        Assert.StartsWith(
            "400 {\"status\":\"fail\",\"data\":null,\"message\":\"there are too many counters",
            await web.RaiseAsync("new", 1),
            StringComparison.Ordinal);
        Assert.Equal(CounterMarble.Value(1), await web.RaiseAsync("old", 2));
        Assert.Equal(CounterMarble.Value(0), await signed.RaiseAsync("new", 1));
        using CounterMarble another = await CounterMarble.ActivateAsync(mesh, "web");
        Assert.StartsWith("400 ", await another.RaiseAsync("new", 1), StringComparison.Ordinal);
    }

    [Fact]
    [Trait("Security", "G2")]
    public async Task Raise_LongNamesUnderInventedUuids_EndAtTheBytesOfTheType()
    {
        await using GovernedMesh mesh = await GovernedMesh.StartAsync(settings: ("CounterBytesPerType", "4096"));
        string longName = new('n', 1000);
        using CounterMarble first = await CounterMarble.ActivateAsync(mesh, "web");
        using CounterMarble second = await CounterMarble.ActivateAsync(mesh, "web");
        using CounterMarble signed = await CounterMarble.ActivateAsync(mesh, "signed");
        Assert.Equal(CounterMarble.Value(0), await first.RaiseAsync(longName, 1));
        Assert.Equal(CounterMarble.Value(0), await second.RaiseAsync(longName, 1));

        using CounterMarble third = await CounterMarble.ActivateAsync(mesh, "web");
        string refused = await third.RaiseAsync(longName, 1);

        Assert.StartsWith(
            "400 {\"status\":\"fail\",\"data\":null,\"message\":\"there are too many counters: those of one type may take 4096 bytes in "
            + "the sealed state",
            refused,
            StringComparison.Ordinal);
        Assert.Contains("raise Coordinator:CounterBytesPerType", refused, StringComparison.Ordinal);
        Assert.Equal(2, mesh.State.Counters.Use.Count);

        // What is there can be raised, short names have room, and other types have theirs.
        Assert.Equal(CounterMarble.Value(1), await first.RaiseAsync(longName, 2));
        Assert.Equal(CounterMarble.Value(0), await third.RaiseAsync("n", 1));
        Assert.Equal(CounterMarble.Value(0), await signed.RaiseAsync(longName, 1));
    }

    [Theory]
    [Trait("Security", "D12")]
    [Trait("Security", "E2")]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Raise_UpdateWhileTheBodyIsOnItsWay_IsRefused(bool isPackageUpdate)
    {
        await using GovernedMesh mesh = await GovernedMesh.StartAsync(m => m["Config"]!["UpdateThreshold"] = 1);
        string uuid = Guid.NewGuid().ToString();
        using CounterMarble marble = await CounterMarble.ActivateAsync(mesh, uuid: uuid);
        using HeldRequest request = await HeldRequest.StartAsync(mesh.Host, marble.Certificate, "/api/v2/monotonic-counter", Body.Length);
        await request.WaitUntilBodyIsReadAsync();
        await request.SendAsync(Body[..5]);

        (await (isPackageUpdate
            ? mesh.StartUpdateAsync(mesh.Paul, "{\"Packages\":{\"app\":{\"SecurityVersion\":0}}}")
            : mesh.StartUpdateAsync(mesh.Anna, mesh.Manifest()))).Require();
        await request.SendAsync(Body[5..]);
        string answer = await request.ReadAnswerAsync();

        Assert.StartsWith("HTTP/1.1 400 ", answer, StringComparison.Ordinal);
        Assert.Contains("the manifest was changed during the call; activate again", answer, StringComparison.Ordinal);
        Assert.Empty(mesh.State.Counters.Values);
        using CounterMarble again = await CounterMarble.ActivateAsync(mesh, uuid: uuid);
        Assert.Equal(CounterMarble.Value(0), await again.SendAsync(Body));
    }

    [Fact]
    public async Task Raise_BodyThatComesLate_IsTakenIfNothingChanged()
    {
        await using GovernedMesh mesh = await GovernedMesh.StartAsync();
        using CounterMarble marble = await CounterMarble.ActivateAsync(mesh);
        using HeldRequest request = await HeldRequest.StartAsync(mesh.Host, marble.Certificate, "/api/v2/monotonic-counter", Body.Length);
        await request.WaitUntilBodyIsReadAsync();

        // Changes of other things do not matter.
        (await mesh.UploadAsync("text", [1])).Require();
        await request.SendAsync(Body);

        Assert.StartsWith("HTTP/1.1 200 ", await request.ReadAnswerAsync(), StringComparison.Ordinal);
        Assert.Equal(5UL, Assert.Single(mesh.State.Counters.Values.Values));
    }

    private static string Base64(string text) => Convert.ToBase64String(Encoding.UTF8.GetBytes(text));
}
