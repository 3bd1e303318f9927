using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using MarbleRun.Coordinator.Manifests;
using MarbleRun.Coordinator.State;
using MarbleRun.Coordinator.Tests.Recovery;
using MarbleRun.Coordinator.Tests.Secrets;
using MarbleRun.Manifests;
using MarbleRun.Manifests.Signatures;
using MarbleRun.TestSupport;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace MarbleRun.Coordinator.Tests.Hosting;

/// <summary>While developing, a mesh goes on with the manifest that the last build made.</summary>
public sealed class StartupUpdateTests : CoordinatorTest
{
    private readonly UserClient _admin = new("admin");

    public override ValueTask DisposeAsync()
    {
        _admin.Dispose();
        return base.DisposeAsync();
    }

    [Fact]
    public async Task Start_WithAnotherManifest_KeepsRootAndSecretsAndAdmitsByTheNewOne()
    {
        byte[] root;
        byte[] uploaded = Encoding.UTF8.GetBytes("uploaded once");
        Write("first");
        await using (CoordinatorHost host = await StartToUpdateAsync())
        {
            object body = new { secrets = new { word = new { Key = uploaded } } };
            (HttpStatusCode status, _, string answer) = await _admin.SendAsync(host, HttpMethod.Post, "/api/v2/secrets", body);
            Assert.True(status == HttpStatusCode.OK, answer);
            root = StateOf(host).Authority.Root.RawData;
        }

        Write("second");
        CoordinatorHost again = await StartToUpdateAsync();
        (_, _, string secrets) = await _admin.SendAsync(again, HttpMethod.Get, "/api/v2/secrets?s=word");

        Assert.Equal(root, StateOf(again).Authority.Root.RawData);
        Assert.Equal(["second"], StateOf(again).Manifest!.Manifest.Marbles.Keys);
        Assert.Contains(Convert.ToBase64String(uploaded), secrets, StringComparison.Ordinal);
        Assert.Contains(again.Logs.Entries, e => e.Contains("StartupManifestUpdated", StringComparison.Ordinal));
        Assert.Contains("Complete Manifest updated", StateOf(again).UpdateLog[^1], StringComparison.Ordinal);
        Assert.Contains("\"action\":\"update.startup\"", await ReadTrailAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Start_WithTheSameManifest_ChangesNothing()
    {
        Write("first");
        byte[] root;
        byte[] marbleRoot;
        await using (CoordinatorHost host = await StartToUpdateAsync())
        {
            (root, marbleRoot) = (StateOf(host).Authority.Root.RawData, StateOf(host).Authority.MarbleRoot.RawData);
        }

        CoordinatorHost again = await StartToUpdateAsync();

        Assert.Equal(root, StateOf(again).Authority.Root.RawData);
        Assert.Equal(marbleRoot, StateOf(again).Authority.MarbleRoot.RawData);
        Assert.DoesNotContain("update.startup", await ReadTrailAsync(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{")]
    [InlineData("""{"Packages":{"app":{}},"Marbles":{"web":{"Package":"nope"}}}""")]
    public async Task Start_WithAFaultyManifest_FailsWithAMessageAndLeavesTheOneInForce(string manifest)
    {
        Write("first");
        await (await StartToUpdateAsync()).DisposeAsync();
        await File.WriteAllTextAsync(Folder.File("manifest.json"), manifest, Cancellation);

        StartupManifestException exception = await Assert.ThrowsAsync<StartupManifestException>(StartToUpdateAsync);

        Assert.StartsWith("Cannot set startup manifest '", exception.Message, StringComparison.Ordinal);
        Write("first");
        CoordinatorHost host = await StartToUpdateAsync();
        Assert.Contains(host.Logs.Entries, e => e.Contains("StartupManifestInForce", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Start_WithOtherRecoveryKeys_KeepsTheirSecrets()
    {
        Write("first", parties: 1);
        await (await StartToUpdateAsync()).DisposeAsync();
        Write("first", parties: 2);

        CoordinatorHost host = await StartToUpdateAsync();

        using var json = JsonDocument.Parse(await File.ReadAllBytesAsync(Folder.File("seal/recovery_secrets.json"), Cancellation));
        Assert.Equal(2, MeshToRecover.ReadShares(json.RootElement).Count);
    }

    [Fact]
    public async Task Start_WithSignatures_KeepsThemOverRestartsAndUpdatesAndAddsNewOnes()
    {
        using var owner = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var second = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        Write("first");
        Sign(owner);
        await using (CoordinatorHost host = await StartToUpdateAsync())
        {
            Assert.Equal([OwnerKey.Of(owner)], StateOf(host).ManifestSignatures.Select(s => s.Key));
        }

        Sign(second);
        await using (CoordinatorHost host = await StartToUpdateAsync())
        {
            Assert.Equal([OwnerKey.Of(owner), OwnerKey.Of(second)], StateOf(host).ManifestSignatures.Select(s => s.Key));
        }

        Write("second");
        Sign(owner);
        CoordinatorHost updated = await StartToUpdateAsync();
        Assert.Equal([Manifest.ComputeFingerprint(ReadManifest())], StateOf(updated).ManifestSignatures.Select(s => s.ManifestFingerprint));
        Assert.Contains("\"ownerKeys\"", await ReadTrailAsync(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("{")]
    [InlineData("first")]
    public async Task Start_WithSignaturesThatAreNotOfTheManifest_FailsWithAMessage(string? content)
    {
        using var owner = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        Write("first");
        if (content == "first")
        {
            Sign(owner);
            Write("second");
        }
        else if (content is not null)
        {
            await File.WriteAllTextAsync(Folder.File("signatures.json"), content, Cancellation);
        }

        StartupManifestException exception = await Assert.ThrowsAsync<StartupManifestException>(
            () => StartToUpdateAsync(("StartupManifestSignatures", Folder.File("signatures.json"))));

        Assert.StartsWith(
            content == "first" ? "Cannot set startup manifest '" : "Cannot read the signatures '",
            exception.Message,
            StringComparison.Ordinal);
        CoordinatorHost host = await StartAsync();
        Assert.Null(StateOf(host).Manifest);
    }

    [Fact]
    [Trait("Security", "C1")]
    public async Task Start_OutsideSimulation_IsRefusedWithTheOption()
    {
        OptionsValidationException exception = await Assert.ThrowsAsync<OptionsValidationException>(
            () => StartAsync(null, ("Simulation", "false"), ("UpdateToStartupManifest", "true")));

        Assert.Contains("Coordinator:UpdateToStartupManifest is only for simulation", exception.Message, StringComparison.Ordinal);
    }

    private static CoordinatorState StateOf(CoordinatorHost host) => host.Services.GetRequiredService<CurrentState>().Value;

    private Task<CoordinatorHost> StartToUpdateAsync() =>
        StartToUpdateAsync(File.Exists(Folder.File("signatures.json"))
            ? [("StartupManifestSignatures", Folder.File("signatures.json"))]
            : []);

    private Task<CoordinatorHost> StartToUpdateAsync(params (string Member, string Value)[] settings) =>
        StartAsync(null, [("StartupManifest", Folder.File("manifest.json")), ("UpdateToStartupManifest", "true"), .. settings]);

    private byte[] ReadManifest() => File.ReadAllBytes(Folder.File("manifest.json"));

    private void Sign(ECDsa owner) => File.WriteAllBytes(
        Folder.File("signatures.json"),
        ManifestSignatures.Write([ManifestSignature.Sign(Manifest.ComputeFingerprint(ReadManifest()), owner, sequence: 1)]));

    private async Task<string> ReadTrailAsync()
    {
        var text = new StringBuilder();
        foreach (string file in Directory.EnumerateFiles(Folder.File("seal/audit"), "*.jsonl"))
        {
            using var reader = new StreamReader(new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite));
            text.Append(await reader.ReadToEndAsync(Cancellation));
        }

        return text.ToString();
    }

    private void Write(string marble, int parties = 0)
    {
        // A Marble of any code will do.
        string recovery = parties == 0 ? "}" : $",{Encoding.UTF8.GetString(TestParty.ManifestOf(0, TestParty.Five[..parties]))[1..]}";
        File.WriteAllText(
            Folder.File("manifest.json"),
            $$"""
            {
              "Packages": { "app": { "UniqueID": "{{new string('0', 64)}}" } },
              "Marbles": { "{{marble}}": { "Package": "app", "Parameters": { "Env": { "WORD": "{{"{{ string .Secrets.word }}"}}" } } } },
              "Secrets": { "word": { "Type": "plain", "UserDefined": true } },
              "Users": { "admin": { "Certificate": "{{_admin.JsonPem}}", "Roles": ["secrets"] } },
              "Roles": { "secrets": { "ResourceType": "Secrets", "ResourceNames": ["word"], "Actions": ["WriteSecret", "ReadSecret"] } }
            {{recovery}}
            """);
    }
}
