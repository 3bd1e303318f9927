using System.Security.Cryptography;
using System.Text.Json;
using MarbleRun.Coordinator.State;
using MarbleRun.Coordinator.Tests.Recovery;

namespace MarbleRun.Coordinator.Tests.Manifests;

/// <summary>Previews tell what an update would do, and do nothing.</summary>
public sealed class UpdatePreviewTests
{
    [Fact]
    public async Task Preview_FullUpdate_NamesEverythingAndChangesNothing()
    {
        await using GovernedMesh mesh = await GovernedMesh.StartAsync();
        (await mesh.UploadAsync("upload", new byte[16])).Require();
        await mesh.ActivateAsync("limited");
        string next = mesh.Manifest(m =>
        {
            m["Users"]!.AsObject().Remove("cara");
            m["Secrets"]!["upload"]!["Size"] = 256;
            m["Marbles"]!["limited"]!["MaxActivations"] = 1;
            m["Marbles"]!.AsObject().Remove("before");
            m["Config"]!["RotateRootSecret"] = true;
            m.SetRecovery(0, ("a", TestParty.Five[0]));
        });
        CoordinatorState before = mesh.State;
        SortedDictionary<string, string> files = HashFiles(mesh);

        JsonElement preview = (await mesh.StartUpdateAsync(mesh.Anna, next, "?dryRun=true")).Require().Data;

        Assert.Same(before, mesh.State);
        Assert.Equal(files, HashFiles(mesh));
        Assert.Equal(
            [
                "kind", "manifestFingerprint", "missingAcknowledgments", "missingUsers", "newRecoverySecrets", "changes", "marbles",
                "warnings",
            ],
            preview.EnumerateObject().Select(p => p.Name));
        Assert.Equal(("manifest", GovernedMesh.Fingerprint(next), 2), (
            preview.GetProperty("kind").GetString(),
            preview.GetProperty("manifestFingerprint").GetString(),
            preview.GetProperty("missingAcknowledgments").GetInt32()));
        Assert.Equal(["bert", "cara"], GovernedMesh.Strings(preview.GetProperty("missingUsers")));
        Assert.True(preview.GetProperty("newRecoverySecrets").GetBoolean());
        Assert.Equal(
            [
                "Marbles before removed",
                "Marbles limited changed",
                "Secrets upload changed",
                "Users cara removed",
                "RecoveryKeys a added",
                "Config RotateRootSecret changed",
            ],
            preview.GetProperty("changes").EnumerateArray().Select(
                c => $"{c.GetProperty("section").GetString()} {c.GetProperty("name").GetString()} {c.GetProperty("change").GetString()}"));
        Assert.Equal(
            ["before", "limited", "signed", "uploaded", "web"], preview.GetProperty("marbles").EnumerateObject().Select(m => m.Name));
        Assert.Contains(
            "secrets that it uses change: cert, loose, private, shared",
            GovernedMesh.Strings(preview.GetProperty("marbles").GetProperty("web")));
        Assert.Equal(
            [
                "the value of the user-defined secret upload is lost: it is removed, or its type, size or validity changes",
                "Marble type limited was activated 1 times and may be 1 times: it can't activate again",
            ],
            GovernedMesh.Strings(preview.GetProperty("warnings")));
        (await mesh.PendingAsync()).AssertError(System.Net.HttpStatusCode.NotFound, "no update in progress");
    }

    [Fact]
    public async Task Preview_PackageUpdate_NamesTheVersionsAndChangesNothing()
    {
        await using GovernedMesh mesh = await GovernedMesh.StartAsync();
        CoordinatorState before = mesh.State;
        SortedDictionary<string, string> files = HashFiles(mesh);

        JsonElement preview =
            (await mesh.StartUpdateAsync(mesh.Paul, """{"Packages":{"signed":{"SecurityVersion":4}}}""", "?dryRun=true")).Require().Data;

        Assert.Same(before, mesh.State);
        Assert.Equal(files, HashFiles(mesh));
        Assert.Equal("packages", preview.GetProperty("kind").GetString());
        Assert.Equal(
            """[{"section":"Packages","name":"signed","change":"changed","detail":"SecurityVersion 1 becomes 4"}]""",
            preview.GetProperty("changes").GetRawText());
        Assert.Equal("[]", preview.GetProperty("missingUsers").GetRawText());
    }

    [Fact]
    [Trait("Security", "E3")]
    public async Task Preview_Downgrade_IsRefusedOrWarnedOf()
    {
        await using GovernedMesh mesh = await GovernedMesh.StartAsync();
        (await mesh.StartUpdateAsync(mesh.Paul, """{"Packages":{"signed":{"SecurityVersion":4}}}""")).Require();

        Answer refused = await mesh.StartUpdateAsync(mesh.Anna, mesh.Manifest(), "?dryRun=true");
        Answer preview = await mesh.StartUpdateAsync(mesh.Anna, mesh.Manifest(), "?dryRun=true&allowDowngrade=true");

        Assert.StartsWith(
            "invalid manifest: package signed has SecurityVersion 1, but 4 is in force", refused.Message, StringComparison.Ordinal);
        Assert.Equal(
            ["security version lowered: package signed has SecurityVersion 1, but 4 is in force"],
            GovernedMesh.Strings(preview.Require().Data.GetProperty("warnings")));
        Assert.Equal(4UL, mesh.State.FindPackage("signed")!.SecurityVersion);
    }

    [Fact]
    public async Task Preview_OverV1_IsRefusedInsteadOfDone()
    {
        await using GovernedMesh mesh = await GovernedMesh.StartAsync(m => m["Config"]!["UpdateThreshold"] = 1);
        CoordinatorState before = mesh.State;

        (await mesh.SendAsync(mesh.Anna, "/update?dryRun=true", mesh.Manifest())).AssertError(
            System.Net.HttpStatusCode.BadRequest, "invalid query: this version of the API has no dryRun; use /api/v2/update instead");
        Assert.Same(before, mesh.State);
    }

    [Fact]
    [Trait("Security", "E7")]
    public async Task Preview_Answer_HoldsNoSecret()
    {
        await using GovernedMesh mesh = await GovernedMesh.StartAsync();
        byte[] canary = RandomNumberGenerator.GetBytes(16);
        (await mesh.UploadAsync("upload", canary)).Require();
        Dictionary<string, string> environment = await mesh.ActivateAsync();

        Answer preview =
            (await mesh.StartUpdateAsync(mesh.Anna, mesh.Manifest(m => m["Config"]!["RotateRootSecret"] = true), "?dryRun=true")).Require();

        foreach (byte[] secret in (byte[][])[canary, Convert.FromHexString(environment["SHARED"])])
        {
            Assert.DoesNotContain(Convert.ToBase64String(secret), preview.Body, StringComparison.Ordinal);
            Assert.DoesNotContain(Convert.ToHexString(secret), preview.Body, StringComparison.OrdinalIgnoreCase);
        }
    }

    private static SortedDictionary<string, string> HashFiles(GovernedMesh mesh) => new(
        Directory.EnumerateFiles(mesh.Folder.Path, "*", SearchOption.AllDirectories)
            .Where(path => Path.GetFileName(path) != "lock")
            .ToDictionary(path => path, path => Convert.ToHexString(SHA256.HashData(ReadShared(path)))),
        StringComparer.Ordinal);

    private static byte[] ReadShared(string path)
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        using var content = new MemoryStream();
        file.CopyTo(content);
        return content.ToArray();
    }
}
