using System.Net;
using System.Text;
using MarbleRun.Coordinator.State.Sealing;
using MarbleRun.Coordinator.Tests.Manifests;
using MarbleRun.Coordinator.Tests.Recovery;
using MarbleRun.Protos;
using MarbleRun.TestSupport;

namespace MarbleRun.Coordinator.Tests.Counters;

/// <summary>The files of counters beside those of the state, over restarts, recovery, changes of the mode and new deployments.</summary>
public sealed class SealedCounterTests
{
    private const string CountersName = "seal/sealed_counters";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Raise_AfterTheFirst_ChangesTheFileOfCountersAlone()
    {
        await using MeshToRecover mesh = await MeshToRecover.StartAsync(1);
        Parameters marble = await MeshClient.ActivateAsync(mesh.Host, "web");
        await RaiseAsync(mesh, marble, 1, before: 0);
        (byte[] data, byte[] counters) = (mesh.Read(MeshToRecover.DataName), mesh.Read(CountersName));

        await RaiseAsync(mesh, marble, 2, before: 1);

        Assert.Equal(data, mesh.Read(MeshToRecover.DataName));
        Assert.NotEqual(counters, mesh.Read(CountersName));
        Assert.Equal(counters, mesh.Read(CountersName + ".old"));
        await mesh.RestartAsync();
        await RaiseAsync(mesh, marble, 0, before: 2);
    }

    [Fact]
    [Trait("Security", "F3")]
    public async Task Start_FileOfCountersGone_IsRefusedUntilItIsBack()
    {
        await using MeshToRecover mesh = await MeshToRecover.StartAsync(1);
        Parameters marble = await MeshClient.ActivateAsync(mesh.Host, "web");
        await RaiseAsync(mesh, marble, 7, before: 0);
        byte[] counters = mesh.Read(CountersName);

        SealedStateException refused = await Assert.ThrowsAsync<SealedStateException>(
            () => mesh.RestartAsync(() => File.Delete(mesh.Folder.File(CountersName))));

        Assert.Contains("'sealed_counters' is missing", refused.Message, StringComparison.Ordinal);
        await mesh.RestartAsync(() => File.WriteAllBytes(mesh.Folder.File(CountersName), counters));
        await RaiseAsync(mesh, marble, 0, before: 7);
    }

    [Fact]
    [Trait("Security", "F3")]
    public async Task Start_OldFileOfCounters_WithAGuard_IsRefused()
    {
        using var elsewhere = new TestSupport.TemporaryDirectory();
        (string, string) guard = ("GenerationGuardPath", elsewhere.File("generation"));
        await using MeshToRecover mesh = await MeshToRecover.StartAsync(1, settings: guard);
        Parameters marble = await MeshClient.ActivateAsync(mesh.Host, "web");
        await RaiseAsync(mesh, marble, 1, before: 0);
        byte[] old = mesh.Read(CountersName);
        await RaiseAsync(mesh, marble, 2, before: 1);
        byte[] newest = mesh.Read(CountersName);

        SealedStateException refused = await Assert.ThrowsAsync<SealedStateException>(
            () => mesh.RestartAsync(() => File.WriteAllBytes(mesh.Folder.File(CountersName), old), guard));

        Assert.Contains("The sealed counters were rolled back", refused.Message, StringComparison.Ordinal);
        await mesh.RestartAsync(() => File.WriteAllBytes(mesh.Folder.File(CountersName), newest), guard);
        await RaiseAsync(mesh, marble, 0, before: 2);
    }

    [Fact]
    [Trait("Security", "F3")]
    public async Task Start_GuardOfAReleaseThatKnewOneNumber_IsReadAndGrows()
    {
        using var elsewhere = new TestSupport.TemporaryDirectory();
        (string, string) guard = ("GenerationGuardPath", elsewhere.File("generation"));
        await using MeshToRecover mesh = await MeshToRecover.StartAsync(1, settings: guard);
        ulong generation = mesh.State.Generation;

        await mesh.RestartAsync(() => File.WriteAllText(elsewhere.File("generation"), $"{generation}\n"), guard);
        Assert.Matches($"^{generation + 1}:[0-9a-f]{{32}} 0\n$", await File.ReadAllTextAsync(elsewhere.File("generation"), Cancellation));
        await RaiseAsync(mesh, await MeshClient.ActivateAsync(mesh.Host, "web"), 1, before: 0);

        Assert.Matches(
            $"^{mesh.State.Generation}:[0-9a-f]{{32}} 1:[0-9a-f]{{32}}\n$",
            await File.ReadAllTextAsync(elsewhere.File("generation"), Cancellation));
        await Assert.ThrowsAsync<SealedStateException>(
            () => mesh.RestartAsync(() => File.WriteAllText(elsewhere.File("generation"), $"{generation} 2\n"), guard));
    }

    [Fact]
    [Trait("Security", "F1")]
    [Case("state-and-sealing", "Counters are as fresh as the sealed state")]
    public async Task Recover_OnAnotherMachine_NeedsBothFilesAndGoesOnWithTheCounters()
    {
        await using MeshToRecover mesh = await MeshToRecover.StartAsync(2);
        Parameters marble = await MeshClient.ActivateAsync(mesh.Host, "web");
        await RaiseAsync(mesh, marble, 7, before: 0);
        byte[] counters = mesh.Read(CountersName);
        await mesh.MoveToAnotherMachineAsync();
        await mesh.SubmitAsync(mesh.Parties[0]);

        WireRecoveryTests.Refused(
            500, "error", "loading sealed state: 'sealed_counters' is missing", await mesh.SubmitAsync(mesh.Parties[1]));

        await File.WriteAllBytesAsync(mesh.Folder.File(CountersName), counters, Cancellation);
        Assert.Equal(MeshToRecover.RecoverJson(0), (await mesh.SubmitAsync(mesh.Parties[1])).Body);
        await RaiseAsync(mesh, marble, 8, before: 7);
        await mesh.RestartAsync();
        await RaiseAsync(mesh, marble, 0, before: 8);
    }

    [Fact]
    public async Task Update_ModeDisabledAndBack_RemovesTheFilesAndKeepsTheCounters()
    {
        await using GovernedMesh mesh = await GovernedMesh.StartAsync();
        string uuid = Guid.NewGuid().ToString();
        using (CounterMarble marble = await CounterMarble.ActivateAsync(mesh, uuid: uuid))
        {
            await marble.RaiseAsync("n", 1);
            await marble.RaiseAsync("n", 2);
        }

        await mesh.UpdateAsync(m => m["Config"]!["SealMode"] = "Disabled");
        Assert.Empty(Directory.GetFiles(mesh.Folder.File("seal"), "sealed_*"));
        using (CounterMarble marble = await CounterMarble.ActivateAsync(mesh, uuid: uuid))
        {
            Assert.Equal(CounterMarble.Value(2), await marble.RaiseAsync("n", 3));
        }

        Assert.Empty(Directory.GetFiles(mesh.Folder.File("seal"), "sealed_*"));
        await mesh.UpdateAsync(m => m["Config"]!["SealMode"] = "ProductKey");
        await mesh.RestartAsync();
        using CounterMarble again = await CounterMarble.ActivateAsync(mesh, uuid: uuid);
        Assert.Equal(CounterMarble.Value(3), await again.RaiseAsync("n", 4));
        await mesh.RestartAsync();
        Assert.Equal(4UL, Assert.Single(mesh.State.Counters.Values.Values));
    }

    [Fact]
    [Trait("Security", "F6")]
    public async Task Update_ToTheUniqueKey_SealsTheCountersWithTheNewKey()
    {
        await using GovernedMesh mesh = await GovernedMesh.StartAsync();
        string uuid = Guid.NewGuid().ToString();
        using (CounterMarble marble = await CounterMarble.ActivateAsync(mesh, uuid: uuid))
        {
            await marble.RaiseAsync("n", 1);
        }

        byte[] old = await File.ReadAllBytesAsync(mesh.Folder.File(CountersName), Cancellation);
        using var oldKey = new SealingKey(mesh.State.Protection.Key.Bytes);
        Guid series = mesh.State.Counters.Series!.Value;
        await mesh.UpdateAsync(m => m["Config"]!["SealMode"] = "UniqueKey");
        await mesh.RestartAsync();
        using (CounterMarble marble = await CounterMarble.ActivateAsync(mesh, uuid: uuid))
        {
            Assert.Equal(CounterMarble.Value(1), await marble.RaiseAsync("n", 2));
        }

        // The old key opened the old counters, and opens no new ones; nor are counters taken that were made with it.
        byte[] fresh = await File.ReadAllBytesAsync(mesh.Folder.File(CountersName), Cancellation);
        Assert.Equal(1UL, CounterSealer.Open(old, CounterBlobKind.Recent, series, oldKey).Generation);
        Assert.Throws<SealedStateException>(
            () => CounterSealer.Open(fresh, CounterBlobKind.Recent, mesh.State.Counters.Series!.Value, oldKey));
        await mesh.RestartAsync();
        Assert.Equal(2UL, Assert.Single(mesh.State.Counters.Values.Values));
    }

    [Fact]
    public async Task StartAfresh_BesideASealedState_BeginsWithoutCountersAndKeepsThoseOfBefore()
    {
        await using MeshToRecover mesh = await MeshToRecover.StartAsync(1);
        Parameters marble = await MeshClient.ActivateAsync(mesh.Host, "web");
        await RaiseAsync(mesh, marble, 7, before: 0);
        byte[] counters = mesh.Read(CountersName), data = mesh.Read(MeshToRecover.DataName);
        await mesh.RestartAsync(() => File.WriteAllBytes(mesh.Folder.File(MeshToRecover.KeyName), []), ("StartAfresh", "true"));

        (HttpStatusCode status, string body) = await mesh.PostAsync(
            "/api/v2/manifest", new { manifest = Recovery.GovernedManifest.Create(mesh.Host, mesh.Admin, 0, []) });

        Assert.True(status == HttpStatusCode.OK, body);
        Assert.False(File.Exists(mesh.Folder.File(CountersName)));
        Assert.Equal(counters, await File.ReadAllBytesAsync(
            Assert.Single(Directory.GetFiles(mesh.Folder.File("seal"), "sealed_counters.2*")), Cancellation));
        Parameters another = await MeshClient.ActivateAsync(mesh.Host, "web");
        await RaiseAsync(mesh, another, 1, before: 0);

        // As docs/sealed-state.md says, all files go back together.
        await mesh.RestartAsync(() =>
        {
            File.Delete(mesh.Folder.File(MeshToRecover.KeyName));
            File.WriteAllBytes(mesh.Folder.File(MeshToRecover.DataName), data);
            File.WriteAllBytes(mesh.Folder.File(CountersName), counters);
        });
        await mesh.RecoverAsync();
        await RaiseAsync(mesh, marble, 0, before: 7);
    }

    [Fact]
    public async Task Start_StateGoneAndCountersLeft_BeginsAnewWithoutThem()
    {
        await using MeshToRecover mesh = await MeshToRecover.StartAsync(1);
        await RaiseAsync(mesh, await MeshClient.ActivateAsync(mesh.Host, "web"), 7, before: 0);

        await mesh.RestartAsync(() => Array.ForEach(
            Directory.GetFiles(mesh.Folder.File("seal"), "sealed_*")
                .Where(f => !f.EndsWith("sealed_counters", StringComparison.Ordinal))
                .ToArray(),
            File.Delete));

        Assert.Equal((2, 0), (await mesh.GetStatusCodeAsync(), mesh.State.Counters.Use.Count));
        (HttpStatusCode status, string body) = await mesh.PostAsync(
            "/api/v2/manifest", new { manifest = Recovery.GovernedManifest.Create(mesh.Host, mesh.Admin, 0, []) });
        Assert.True(status == HttpStatusCode.OK, body);
        Parameters marble = await MeshClient.ActivateAsync(mesh.Host, "web");
        await RaiseAsync(mesh, marble, 1, before: 0);
        await mesh.RestartAsync();
        await RaiseAsync(mesh, marble, 0, before: 1);
    }

    [Fact]
    [Trait("Security", "F3")]
    public async Task Raise_AnyName_IsNotReadableInTheFiles()
    {
        await using GovernedMesh mesh = await GovernedMesh.StartAsync();
        using CounterMarble marble = await CounterMarble.ActivateAsync(mesh);
        await marble.RaiseAsync("visible-name", 1);
        await marble.RaiseAsync("visible-name", 2);

        foreach (string file in Directory.GetFiles(mesh.Folder.File("seal"), "sealed_counters*"))
        {
            byte[] bytes = await File.ReadAllBytesAsync(file, Cancellation);
            Assert.Equal(-1, bytes.AsSpan().IndexOf(Encoding.UTF8.GetBytes(Convert.ToBase64String("visible-name"u8))));
            Assert.Equal(-1, bytes.AsSpan().IndexOf("visible-name"u8));
        }
    }

    private static async Task RaiseAsync(MeshToRecover mesh, Parameters marble, ulong value, ulong before) =>
        Assert.Equal($"{{\"status\":\"success\",\"data\":{{\"value\":{before}}}}}\n", await CounterCalls.RaiseAsync(mesh, marble, value));
}
