using System.Text.Json.Nodes;
using Grpc.Core;
using MarbleRun.Coordinator.State.Sealing;
using MarbleRun.Coordinator.State.Stores;
using MarbleRun.Coordinator.Tests.Manifests;
using MarbleRun.Coordinator.Tests.Recovery;
using MarbleRun.Coordinator.Tests.Secrets;
using MarbleRun.Management;
using MarbleRun.TestSupport;
using GovernedManifest = MarbleRun.Coordinator.Tests.Manifests.GovernedManifest;

namespace MarbleRun.Coordinator.Tests.Peers;

/// <summary>The next release takes the place of the one that runs, by two updates of the manifest that two users agree to.</summary>
[Trait("Security", "F5")]
public sealed class RollingUpgradeTests : PeerTest, IDisposable
{
    private const int Budget = 6;

    /// <summary>Behind magic, version, policy, the mode <c>simulation</c> and its length, and the identifier's length.</summary>
    private const int KeyIdOffset = 8 + 2 + 1 + 1 + 10 + 2;

    private readonly UserClient _anna = new("anna");
    private readonly UserClient _bert = new("bert");

    [Fact]
    public async Task Upgrade_ToAnotherMeasurement_KeepsRootAndBudgetsAndShutsTheOldCodeOut()
    {
        CoordinatorHost old = await StartAsync("old");
        CoordinatorHost second = await StartAsync("second", peers: [AddressOf(old)]);
        await SetAsync(old, Manifest(old, 'a'));
        byte[] root = StateOf(old).Authority.Root.RawData;
        await ActivateAsync(old, second);

        // Add the next release, start it, stop the old one.
        await UpdateAsync(old, second, Manifest(old, 'a', 'b'));
        CoordinatorHost next = await StartAsync("next", 'b', [AddressOf(old), AddressOf(second)]);
        CoordinatorHost another = await StartAsync("another", 'b', [AddressOf(next)]);
        await ActivateAsync(next, another);
        await old.DisposeAsync();
        await second.DisposeAsync();

        // Remove it. The other one gets the new keys from the one at which the second user agreed.
        await UpdateAsync(another, next, Manifest(next, 'b'));
        await ActivateAsync(next, another);
        Assert.Equal(root, StateOf(next).Authority.Root.RawData);
        Assert.Equal(StateOf(next).Generation, StateOf(another).Generation);
        RpcException exhausted = await Assert.ThrowsAsync<RpcException>(() => ActivateAsync(another));
        Assert.Contains($"reached max activations count ({Budget})", exhausted.Status.Detail, StringComparison.Ordinal);

        // It has keys in its slot, which open nothing any more, and gets no others.
        CoordinatorHost returned = await StartAsync("old", peers: [AddressOf(next), AddressOf(another)]);
        Assert.Equal(CoordinatorPhase.Recovery, StateOf(returned).Phase);
        Assert.Contains(returned.Logs.Entries, e => e.Contains("it fits none of the 1 Coordinators", StringComparison.Ordinal));
    }

    /// <summary>A Coordinator whose code was removed while it ran answers no more from a state that it cannot follow.</summary>
    [Fact]
    public async Task Update_ThatRemovesCodeWhichStillRuns_EndsItsService()
    {
        CoordinatorHost old = await StartAsync("old");
        await SetAsync(old, Manifest(old, 'a', 'b'));
        CoordinatorHost next = await StartAsync("next", 'b', [AddressOf(old)]);

        await UpdateAsync(next, next, Manifest(next, 'b'));

        RpcException refused = await Assert.ThrowsAsync<RpcException>(() => ActivateAsync(old));
        Assert.Equal(StatusCode.Unavailable, refused.StatusCode);
        await ActivateAsync(next);
    }

    /// <summary>Shares of the key of before would open nothing: the parties get others with the answer.</summary>
    [Theory]
    [InlineData("a", true)]
    [InlineData("ab", false)]
    [InlineData("abc", false)]
    public async Task Update_OfTheCoordinators_GivesNewRecoverySecretsIfAnyIsRemoved(string codes, bool isRemoved)
    {
        var party = new TestParty("party");
        CoordinatorHost host = await StartAsync("first");
        await SetAsync(host, WithParty(Manifest(host, 'a', 'b')));
        string key = await KeyAsync();

        Answer answer = await UpdateAsync(host, host, WithParty(Manifest(host, codes.ToCharArray())));

        Assert.Equal(isRemoved, answer.Data.TryGetProperty("recoverySecrets", out _));
        Assert.Equal(isRemoved, key != await KeyAsync());

        string WithParty(string manifest)
        {
            JsonObject changed = JsonNode.Parse(manifest)!.AsObject();
            changed.SetRecovery(0, ("party", party));
            return changed.Write();
        }
    }

    public void Dispose()
    {
        _anna.Dispose();
        _bert.Dispose();
    }

    /// <summary>The identifier of the deployment's key that the state's key is sealed with.</summary>
    private async Task<string> KeyAsync() =>
        Convert.ToHexString((await Store.LoadAsync(Cancellation))!.Blobs.Key.Span.Slice(KeyIdOffset, DeploymentKey.IdSize));

    private static Task<Protos.Parameters[]> ActivateAsync(params CoordinatorHost[] hosts) =>
        Task.WhenAll(hosts.Select(host => MeshClient.ActivateAsync(host, "limited")));

    private string Manifest(CoordinatorHost host, params char[] coordinators)
    {
        JsonObject manifest = GovernedManifest.Create(host, [(_anna, "anna", ["manage"]), (_bert, "bert", ["manage"])]);
        manifest["Marbles"]!["limited"]!["MaxActivations"] = Budget;
        manifest["Config"]!["UpdateThreshold"] = 2;
        manifest["Coordinators"] = new JsonObject(coordinators.Select(c => KeyValuePair.Create(
            $"code-{c}", (JsonNode?)new JsonObject { ["UniqueID"] = new string(c, 64) })));
        return manifest.Write();
    }

    private async Task SetAsync(CoordinatorHost host, string manifest) =>
        (await SendAsync(_anna, host, "/manifest", manifest)).Require();

    /// <summary>One user starts it at one Coordinator, the other one agrees at the other.</summary>
    private async Task<Answer> UpdateAsync(CoordinatorHost first, CoordinatorHost second, string manifest)
    {
        (await SendAsync(_anna, first, "/api/v2/update", GovernedMesh.V2(manifest))).Require();
        return (await SendAsync(_bert, second, "/api/v2/update-manifest", GovernedMesh.V2(manifest))).Require();
    }

    private static async Task<Answer> SendAsync(UserClient user, CoordinatorHost host, string path, string body)
    {
        (System.Net.HttpStatusCode status, string type, string text) = await user.SendAsync(host, HttpMethod.Post, path, body);
        return new Answer(status, type, text);
    }
}
