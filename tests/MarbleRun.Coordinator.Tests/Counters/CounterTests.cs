using System.Text;
using System.Text.Json.Nodes;
using MarbleRun.Coordinator.State;
using MarbleRun.Coordinator.State.Changes;
using MarbleRun.Coordinator.Tests.Manifests;
using MarbleRun.TestSupport;
using Microsoft.Extensions.DependencyInjection;

namespace MarbleRun.Coordinator.Tests.Counters;

/// <summary>What counters count, whose they are, and how many there may be.</summary>
public sealed class CounterTests(GovernedFixture fixture) : IClassFixture<GovernedFixture>
{
    private readonly GovernedMesh _mesh = fixture.Mesh;

    [Fact]
    [Case("client-api", "Counter: a smaller and an equal value")]
    [Case("client-api", "Counter: a greater value")]
    [Case("client-api", "Counter: 0 when it was never raised")]
    public async Task Raise_Values_NeverFallAndAnswerTheOneBefore()
    {
        using CounterMarble marble = await CounterMarble.ActivateAsync(_mesh);

        var answers = new List<string>();
        foreach (ulong value in (ulong[])[0, 5, 3, 5, 9, ulong.MaxValue, 0, ulong.MaxValue, 1])
        {
            answers.Add(await marble.RaiseAsync("a", value));
        }

        Assert.Equal(new ulong[] { 0, 0, 5, 5, 5, 9, ulong.MaxValue, ulong.MaxValue, ulong.MaxValue }.Select(CounterMarble.Value), answers);
    }

    [Fact]
    [Case("client-api", "Counter: the same name of another type")]
    [Case("client-api", "Counter: the same name of another instance")]
    public async Task Raise_SameNameOfAnotherTypeOrInstance_IsAnotherCounter()
    {
        string uuid = Guid.NewGuid().ToString();
        using CounterMarble web = await CounterMarble.ActivateAsync(_mesh, "web", uuid);
        using CounterMarble other = await CounterMarble.ActivateAsync(_mesh, "web");
        using CounterMarble signed = await CounterMarble.ActivateAsync(_mesh, "signed", uuid);
        using CounterMarble again = await CounterMarble.ActivateAsync(_mesh, "web", uuid);

        await web.RaiseAsync("n", 7);

        Assert.Equal(CounterMarble.Value(0), await other.RaiseAsync("n", 1));
        Assert.Equal(CounterMarble.Value(0), await signed.RaiseAsync("n", 2));
        Assert.Equal(CounterMarble.Value(0), await web.RaiseAsync("N", 3));
        Assert.Equal(CounterMarble.Value(7), await again.RaiseAsync("n", 0));
        string key = $"{Base64("web")}:{Convert.ToBase64String(Guid.Parse(uuid).ToByteArray(bigEndian: true))}:{Base64("n")}";
        Assert.Equal(7UL, _mesh.State.Counters.Values[key]);
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("null")]
    [InlineData("""{"name":null,"value":null}""")]
    [InlineData("""{"NAME":"","VALUE":0,"other":1} x""")]
    [InlineData("""{"value":7,"value":0}""")]
    [Case("client-api", "Counter: 0 when it was never raised")]
    public async Task Raise_MembersThatAreMissing_AreEmptyAndZero(string body)
    {
        using CounterMarble marble = await CounterMarble.ActivateAsync(_mesh);

        Assert.Equal(CounterMarble.Value(0), await marble.SendAsync(body));
        Assert.Equal(CounterMarble.Value(0), await marble.SendAsync(body));
    }

    [Theory]
    [Trait("Security", "G3")]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("[]")]
    [InlineData("""{"value":-1}""")]
    [InlineData("""{"value":1.0}""")]
    [InlineData("""{"value":1e3}""")]
    [InlineData("""{"value":18446744073709551616}""")]
    [InlineData("""{"value":"1"}""")]
    [InlineData("""{"name":1}""")]
    [InlineData("""{"name":"\ud800","value":1}""")]
    [Case("client-api", "Counter: a bad body")]
    public async Task Raise_BodyThatCannotBeDecoded_Is400Fail(string body)
    {
        using CounterMarble marble = await CounterMarble.ActivateAsync(_mesh);
        CoordinatorState before = _mesh.State;

        Assert.StartsWith("400 {\"status\":\"fail\",\"data\":null,\"message\":\"", await marble.SendAsync(body), StringComparison.Ordinal);
        Assert.Same(before, _mesh.State);
    }

    [Fact]
    public async Task Raise_OddNames_AreEachTheirOwn()
    {
        using CounterMarble marble = await CounterMarble.ActivateAsync(_mesh);
        string[] names = ["", ":", "::", "a:b", "\\u0000", "Zoë", "Zoe\\u0308", "<&>", "日本"];

        for (int i = 0; i < names.Length; i++)
        {
            Assert.Equal(CounterMarble.Value(0), await marble.RaiseAsync(names[i], (ulong)i + 1));
        }

        for (int i = 0; i < names.Length; i++)
        {
            Assert.Equal(CounterMarble.Value((ulong)i + 1), await marble.RaiseAsync(names[i], 0));
        }
    }

    [Fact]
    [Trait("Security", "F3")]
    public async Task Raise_Simultaneous_AnswersFormOneOrder()
    {
        using CounterMarble marble = await CounterMarble.ActivateAsync(_mesh);

        string[] answers = await Task.WhenAll(Enumerable.Range(1, 40).Select(i => marble.RaiseAsync("race", (ulong)i)));

        // Each value that was raised was raised from a smaller one, and no reader saw more than the end.
        ulong[] before = [.. answers.Select(a => ulong.Parse(
            a[(a.LastIndexOf(':') + 1)..a.IndexOf('}', StringComparison.Ordinal)], System.Globalization.CultureInfo.InvariantCulture))];
        var raised = before
            .Select((b, i) => (Before: b, Value: (ulong)i + 1))
            .Where(r => r.Before < r.Value)
            .OrderBy(r => r.Value)
            .ToList();
        Assert.Equal(raised.Skip(1).Select(r => r.Before), raised.SkipLast(1).Select(r => r.Value));
        Assert.Equal(0UL, raised[0].Before);
        Assert.Equal(CounterMarble.Value(40), await marble.RaiseAsync("race", 0));
    }

    [Fact]
    public async Task Raise_AfterUpdatesAndARestart_GoesOn()
    {
        await using GovernedMesh mesh = await GovernedMesh.StartAsync();
        string uuid = Guid.NewGuid().ToString();
        using (CounterMarble before = await CounterMarble.ActivateAsync(mesh, uuid: uuid))
        {
            await before.RaiseAsync("kept", 41);
            await before.RaiseAsync("kept", 42);
        }

        await mesh.UpdateAsync(mesh.Manifest());
        (await mesh.StartUpdateAsync(mesh.Paul, "{\"Packages\":{\"app\":{\"SecurityVersion\":0}}}")).Require();
        await mesh.RestartAsync();

        using CounterMarble after = await CounterMarble.ActivateAsync(mesh, uuid: uuid);
        Assert.Equal(CounterMarble.Value(42), await after.RaiseAsync("kept", 43));
        Assert.Equal(6, (await mesh.LogAsync()).Length);
    }

    [Fact]
    [Case("client-api", "Counter: the feature is off")]
    public async Task Raise_GateOff_Is403BeforeTheCertificate()
    {
        await using GovernedMesh mesh = await GovernedMesh.StartAsync(
            m => m["Config"]!["FeatureGates"] = new JsonArray("SignQuoteEndpoint"));
        using CounterMarble marble = await CounterMarble.ActivateAsync(mesh);
        const string Refused =
            "403 {\"status\":\"error\",\"data\":null,\"message\":\"MonotonicCounter feature is not enabled in the manifest\"}\n";

        Assert.Equal(Refused, await marble.SendAsync("{"));
        Assert.Equal(Refused[4..], (await mesh.SendAsync(null, "/api/v2/monotonic-counter", "{")).Body);
    }

    [Fact]
    [Trait("Security", "G2")]
    public async Task Raise_TooLongANameOrTooManyCounters_IsRefusedAndOthersGoOn()
    {
        await using GovernedMesh mesh = await GovernedMesh.StartAsync();
        string uuid = Guid.NewGuid().ToString();
        using CounterMarble marble = await CounterMarble.ActivateAsync(mesh, uuid: uuid);
        using CounterMarble other = await CounterMarble.ActivateAsync(mesh);
        Assert.Equal(CounterMarble.Value(0), await marble.RaiseAsync(new string('x', 1024), 1));
        Assert.StartsWith("400 {\"status\":\"fail\"", await marble.RaiseAsync(new string('x', 1025), 1), StringComparison.Ordinal);
        Assert.StartsWith("400 {\"status\":\"fail\"", await marble.RaiseAsync(new string('ë', 513), 1), StringComparison.Ordinal);

        await FillAsync(mesh, $"{Base64("web")}:{Convert.ToBase64String(Guid.Parse(uuid).ToByteArray(bigEndian: true))}:", 999);
        Assert.StartsWith(
            "400 {\"status\":\"fail\",\"data\":null,\"message\":\"there are too many counters",
            await marble.RaiseAsync("new", 1),
            StringComparison.Ordinal);
        Assert.Equal(CounterMarble.Value(0), await marble.RaiseAsync("new", 0));
        Assert.Equal(CounterMarble.Value(1), await marble.RaiseAsync(new string('x', 1024), 2));
        Assert.Equal(CounterMarble.Value(0), await other.RaiseAsync("new", 1));

        await FillAsync(mesh, "others:", 100_000 - 1001);
        Assert.StartsWith(
            "400 {\"status\":\"fail\",\"data\":null,\"message\":\"there are too many counters",
            await other.RaiseAsync("one more", 1),
            StringComparison.Ordinal);
        Assert.Equal(CounterMarble.Value(1), await other.RaiseAsync("new", 2));
    }

    private static Task<bool> FillAsync(GovernedMesh mesh, string prefix, int count) =>
        mesh.Host.Services.GetRequiredService<StateWriter>().ChangeAsync(
            state => (
                state with
                {
                    Counters = state.Counters.Raise(Enumerable.Range(0, count).Select(i => KeyValuePair.Create($"{prefix}{i}", 1UL))),
                },
                true),
            TestContext.Current.CancellationToken);

    private static string Base64(string text) => Convert.ToBase64String(Encoding.UTF8.GetBytes(text));
}
