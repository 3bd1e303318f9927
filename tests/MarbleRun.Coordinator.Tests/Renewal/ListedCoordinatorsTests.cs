using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Grpc.Core;
using MarbleRun.Coordinator.Tests.Manifests;
using MarbleRun.Manifests;
using MarbleRun.Manifests.Signatures;
using MarbleRun.Protos;

namespace MarbleRun.Coordinator.Tests.Renewal;

/// <summary>
/// The manifest's <c>Coordinators</c>: how they are set and changed, and how Marbles that watch the trust of the mesh get them.
/// </summary>
public sealed class ListedCoordinatorsTests
{
    private static readonly string s_next = new('d', 64);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task WatchTrust_ManifestWithoutCoordinators_SendsNone()
    {
        await using GovernedMesh mesh = await GovernedMesh.StartAsync();
        using RenewingMarble marble = await RenewingMarble.ActivateAsync(mesh.Host);
        using AsyncServerStreamingCall<SignedTrustList> watch = marble.Mesh.WatchTrust();

        Assert.Null((await NextAsync(watch)).Coordinators);
    }

    [Fact]
    public async Task WatchTrust_ManifestWithCoordinators_SendsTheManifestAndEachChangeOfItsSignatures()
    {
        await using GovernedMesh mesh = await GovernedMesh.StartAsync(List);
        using RenewingMarble marble = await RenewingMarble.ActivateAsync(mesh.Host);
        using AsyncServerStreamingCall<SignedTrustList> watch = marble.Mesh.WatchTrust();
        TrustList unsigned = await NextAsync(watch);
        using var owner = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        byte[] signatures = ManifestSignatures.Write([ManifestSignature.Sign(mesh.State.Manifest!.Fingerprint, owner, sequence: 1)]);

        (await mesh.SendAsync(mesh.Anna, "/api/v2/manifest/signatures", Encoding.UTF8.GetString(signatures))).Require();
        TrustList signed = await NextAsync(watch);

        Assert.Equal(mesh.State.Manifest.Raw.ToArray(), unsigned.Coordinators.Manifest.ToByteArray());
        Assert.True(unsigned.Coordinators.OwnerSignatures.IsEmpty);
        Assert.Equal(unsigned.Coordinators.Manifest, signed.Coordinators.Manifest);
        Assert.Equal(signatures, signed.Coordinators.OwnerSignatures.ToByteArray());
        Assert.True(signed.Number > unsigned.Number);
    }

    [Fact]
    public async Task WatchTrust_UpdateThatRemovesThem_SendsNone()
    {
        await using GovernedMesh mesh = await GovernedMesh.StartAsync(List);
        using RenewingMarble marble = await RenewingMarble.ActivateAsync(mesh.Host);
        using AsyncServerStreamingCall<SignedTrustList> watch = marble.Mesh.WatchTrust();
        TrustList before = await NextAsync(watch);

        await mesh.UpdateAsync(m => m["Config"]!["TrustOverlap"] = "2h");
        TrustList after = await NextAsync(watch);

        Assert.NotNull(before.Coordinators);
        Assert.Null(after.Coordinators);
    }

    [Fact]
    public async Task Restart_ManifestWithCoordinators_KeepsThem()
    {
        await using GovernedMesh mesh = await GovernedMesh.StartAsync(List);
        using RenewingMarble marble = await RenewingMarble.ActivateAsync(mesh.Host);

        await mesh.RestartAsync();
        using RenewingMarble again = marble.At(mesh.Host);
        using AsyncServerStreamingCall<SignedTrustList> watch = again.Mesh.WatchTrust();

        Assert.Equal(mesh.State.Manifest!.Raw.ToArray(), (await NextAsync(watch)).Coordinators.Manifest.ToByteArray());
    }

    [Fact]
    public async Task Update_OfPackages_LeavesTheCoordinatorsAsTheyAre()
    {
        await using GovernedMesh mesh = await GovernedMesh.StartAsync(List);
        byte[] before = mesh.State.Manifest!.Raw.ToArray();

        (await mesh.StartUpdateAsync(mesh.Paul, """{"Packages":{"signed":{"SecurityVersion":4}}}""")).Require();

        Assert.Equal(before, mesh.State.Manifest.Raw.ToArray());
        Assert.Equal(["next"], mesh.State.Manifest.Manifest.Coordinators.Keys);
    }

    [Fact]
    [Trait("Security", "E3")]
    public async Task Update_OfPackagesWithCoordinators_IsAFullOneAndRefused()
    {
        await using GovernedMesh mesh = await GovernedMesh.StartAsync();
        string update = new JsonObject
        {
            ["Packages"] = new JsonObject { ["signed"] = new JsonObject { ["SecurityVersion"] = 4 } },
            ["Coordinators"] = new JsonObject { ["next"] = new JsonObject { ["UniqueID"] = s_next } },
        }.Write();

        Answer byPaul = await mesh.StartUpdateAsync(mesh.Paul, update);
        Answer byAnna = await mesh.StartUpdateAsync(mesh.Anna, update);

        byPaul.AssertError(HttpStatusCode.InternalServerError, "user paul is not allowed to update the complete manifest");
        byAnna.AssertError(HttpStatusCode.InternalServerError, "invalid manifest: no allowed marbles defined");
        Assert.Empty(mesh.State.Manifest!.Manifest.Coordinators);
        Assert.Empty(mesh.State.SecurityVersions);
    }

    [Fact]
    [Trait("Security", "E3")]
    public async Task Update_ThatListsACoordinator_NeedsAllAcknowledgments()
    {
        await using GovernedMesh mesh = await GovernedMesh.StartAsync();
        string next = mesh.Manifest(List);

        (await mesh.StartUpdateAsync(mesh.Anna, next)).Require();
        (await mesh.AcknowledgeAsync(mesh.Bert, next)).Require();
        bool isEarly = !mesh.State.Manifest!.Manifest.Coordinators.IsEmpty;
        (await mesh.AcknowledgeAsync(mesh.Cara, next)).Require();

        Assert.False(isEarly);
        Assert.Equal(["next"], mesh.State.Manifest.Manifest.Coordinators.Keys);
    }

    [Fact]
    public async Task Preview_OfACoordinator_SaysWhatItMeans()
    {
        await using GovernedMesh mesh = await GovernedMesh.StartAsync(m => m["Coordinators"] = new JsonObject
        {
            ["old"] = new JsonObject { ["UniqueID"] = new string('a', 64) },
            ["signed"] = new JsonObject { ["SignerID"] = s_next, ["ProductID"] = 3, ["SecurityVersion"] = 1 },
        });

        JsonElement preview = (await mesh.StartUpdateAsync(
            mesh.Anna,
            mesh.Manifest(m => m["Coordinators"] = new JsonObject
            {
                ["next"] = new JsonObject { ["UniqueID"] = s_next },
                ["signed"] = new JsonObject { ["SignerID"] = s_next, ["ProductID"] = 3, ["SecurityVersion"] = 2 },
            }),
            "?dryRun=true")).Require().Data;

        Assert.Equal(
            [
                $"Coordinators next added: running Marbles accept this code as their Coordinator: UniqueID {s_next}",
                $"Coordinators old removed: running Marbles no longer accept this code as their Coordinator, unless their own trust names "
                + $"it: UniqueID {new string('a', 64)}",
                $"Coordinators signed changed: running Marbles accept this code as their Coordinator: SignerID {s_next}, "
                + "ProductID 3, SecurityVersion 2",
            ],
            preview.GetProperty("changes").EnumerateArray().Select(
                c => $"{c.GetProperty("section")} {c.GetProperty("name")} {c.GetProperty("change")}: {c.GetProperty("detail")}"));
    }

    [Fact]
    public async Task Set_CoordinatorInDebugMode_IsRefused()
    {
        await using GovernedMesh mesh = await GovernedMesh.StartAsync();
        string next = mesh.Manifest(m => m["Coordinators"] = new JsonObject { ["next"] = new JsonObject { ["Debug"] = true } });

        Answer answer = await mesh.StartUpdateAsync(mesh.Anna, next);

        Assert.Contains("invalid manifest: Coordinator next is in debug mode", answer.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Update_LongManifestWithCoordinators_IsRefusedBecauseMarblesWouldRefuseTheList()
    {
        await using GovernedMesh mesh = await GovernedMesh.StartAsync();
        string padding = new(' ', Manifest.MaxLengthWithCoordinators);

        Answer answer = await mesh.StartUpdateAsync(mesh.Anna, mesh.Manifest(List) + padding);
        await mesh.UpdateAsync(mesh.Manifest() + padding);

        Assert.Contains("a manifest that lists Coordinators has at most 262144 bytes", answer.Message, StringComparison.Ordinal);
    }

    private static void List(JsonObject manifest) =>
        manifest["Coordinators"] = new JsonObject { ["next"] = new JsonObject { ["UniqueID"] = s_next } };

    private static async Task<TrustList> NextAsync(AsyncServerStreamingCall<SignedTrustList> watch)
    {
        Assert.True(await watch.ResponseStream.MoveNext(Cancellation));
        return TrustList.Parser.ParseFrom(watch.ResponseStream.Current.List);
    }
}
