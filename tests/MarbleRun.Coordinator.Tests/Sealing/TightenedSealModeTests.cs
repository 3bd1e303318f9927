using System.Net;
using System.Text.Json;
using MarbleRun.Coordinator.State.Sealing;
using MarbleRun.Coordinator.Tests.Recovery;
using Microsoft.Extensions.DependencyInjection;

namespace MarbleRun.Coordinator.Tests.Sealing;

/// <summary>Updates that let less code open the state than before, and files of before them.</summary>
[Trait("Security", "F3")]
[Trait("Security", "F6")]
public sealed class TightenedSealModeTests
{
    private const int PolicyOffset = 10;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Update_ToTheUniqueKey_ChangesTheKeyAndGivesNewSecrets()
    {
        await using MeshToRecover mesh = await MeshToRecover.StartAsync(2, sealMode: "ProductKey");
        byte[] old = mesh.Read(MeshToRecover.KeyName), key = mesh.State.Protection.Key.Bytes.ToArray();

        Dictionary<string, byte[]>? fresh = await UpdateAsync(mesh, "UniqueKey");

        Assert.Equal(["party 1", "party 2"], fresh!.Keys.Order());
        Assert.NotEqual(key, mesh.State.Protection.Key.Bytes.ToArray());
        await mesh.RestartAsync(() => File.WriteAllBytes(mesh.Folder.File(MeshToRecover.KeyName), old));
        Assert.Equal(1, await mesh.GetStatusCodeAsync());

        // What the parties had before opens nothing any more; what they got does.
        WireRecoveryTests.Refused(500, "error", "setting recovery key: uploaded an invalid", await mesh.SubmitAsync(mesh.Parties[0]));
        foreach (TestParty party in mesh.Parties)
        {
            Assert.Equal(HttpStatusCode.OK, (await mesh.SubmitAsync(fresh[party.Name], party.Sign(fresh[party.Name]))).Status);
        }

        Assert.Equal((3, 1), (await mesh.GetStatusCodeAsync(), mesh.Read(MeshToRecover.KeyName)[PolicyOffset]));
    }

    [Fact]
    public async Task Update_ToTheUniqueKey_LeavesNoFileThatOpensTheNewDataForOtherCode()
    {
        await using MeshToRecover mesh = await MeshToRecover.StartAsync(1, sealMode: "ProductKey");
        await UpdateAsync(mesh, "UniqueKey");
        string[] keys = Directory.GetFiles(mesh.Folder.File("seal"), "sealed_key*");
        Assert.True(keys.Length > 1);
        Action<IServiceCollection> otherCode = OtherCode.Of(mesh.Host, mesh.Folder);

        foreach (byte[] key in keys.Select(File.ReadAllBytes).ToArray())
        {
            await mesh.Host.DisposeAsync();
            await File.WriteAllBytesAsync(mesh.Folder.File(MeshToRecover.KeyName), key, Cancellation);
            await mesh.RestartWithAsync(otherCode);
            Assert.Equal(1, await mesh.GetStatusCodeAsync());
        }
    }

    [Theory]
    [InlineData("UniqueKey", "ProductKey")]
    [InlineData("UniqueKey", "UniqueKey")]
    [InlineData("ProductKey", "ProductKey")]
    [InlineData("", "ProductKey")]
    public async Task Update_ThatTightensNothing_KeepsTheKeyAndTheSecrets(string before, string after)
    {
        await using MeshToRecover mesh = await MeshToRecover.StartAsync(2, sealMode: before);
        byte[] key = mesh.State.Protection.Key.Bytes.ToArray();

        Assert.Null(await UpdateAsync(mesh, after));

        Assert.Equal(key, mesh.State.Protection.Key.Bytes.ToArray());
        await mesh.LoseKeyAsync();
        await mesh.RecoverAsync();
        Assert.Equal(3, await mesh.GetStatusCodeAsync());
    }

    [Theory]
    [InlineData("UniqueKey", SealingPolicy.ProductKey)]
    [InlineData("ProductKey", SealingPolicy.UniqueKey)]
    public async Task Start_KeySealedByAnotherPolicy_IsSealedAnewBeforeAnythingElse(string sealMode, object other)
    {
        await using MeshToRecover mesh = await MeshToRecover.StartAsync(1, sealMode: sealMode);
        byte[] right = mesh.Read(MeshToRecover.KeyName);
        byte[] wrong = await mesh.Host.Services
            .GetRequiredService<KeySealer>()
            .SealAsync((SealingPolicy)other, [mesh.State.Protection.Key], Cancellation);
        ulong generation = mesh.State.Generation;

        await mesh.RestartAsync(() => File.WriteAllBytes(mesh.Folder.File(MeshToRecover.KeyName), wrong));

        Assert.Equal((3, generation), (await mesh.GetStatusCodeAsync(), mesh.State.Generation));
        Assert.NotEqual(right[PolicyOffset], wrong[PolicyOffset]);
        Assert.Equal(right[PolicyOffset], mesh.Read(MeshToRecover.KeyName)[PolicyOffset]);
    }

    [Fact]
    public async Task Start_OldKeyBesideTheNewOne_IsLeftOutAtOnce()
    {
        await using MeshToRecover mesh = await MeshToRecover.StartAsync(1);
        int length = mesh.Read(MeshToRecover.KeyName).Length;
        using var old = SealingKey.CreateRandom();
        byte[] both = await mesh.Host.Services.GetRequiredService<KeySealer>().SealAsync(
            SealingPolicy.ProductKey, [mesh.State.Protection.Key, old], Cancellation);

        await mesh.RestartAsync(() => File.WriteAllBytes(mesh.Folder.File(MeshToRecover.KeyName), both));

        Assert.Equal((3, length), (await mesh.GetStatusCodeAsync(), mesh.Read(MeshToRecover.KeyName).Length));
        Assert.True(both.Length > length);
    }

    /// <returns>By the party's name, its new secret; null if it has none.</returns>
    private static async Task<Dictionary<string, byte[]>?> UpdateAsync(MeshToRecover mesh, string sealMode)
    {
        (HttpStatusCode status, _, string body) = await mesh.Admin.SendAsync(
            mesh.Host,
            HttpMethod.Post,
            "/api/v2/update",
            new { manifest = GovernedManifest.Create(mesh.Host, mesh.Admin, 0, mesh.Parties, sealMode) });
        Assert.True(status == HttpStatusCode.OK, body);
        return JsonDocument.Parse(body).RootElement.GetProperty("data").TryGetProperty("recoverySecrets", out JsonElement secrets)
            ? MeshToRecover.ReadShares(secrets)
            : null;
    }
}
