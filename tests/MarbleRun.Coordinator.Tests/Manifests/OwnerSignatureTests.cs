using System.Net;
using System.Security.Cryptography;
using System.Text;
using MarbleRun.Coordinator.State;
using MarbleRun.Coordinator.Tests.Audit;
using MarbleRun.Coordinator.Tests.Secrets;
using MarbleRun.Manifests;
using MarbleRun.Manifests.Signatures;
using MarbleRun.TestSupport;

namespace MarbleRun.Coordinator.Tests.Manifests;

/// <summary>Owners' signatures beside the manifest: who may bring them, which are kept, and how long.</summary>
public sealed class OwnerSignatureTests : CoordinatorTest
{
    private const string Path = "/api/v2/manifest/signatures";

    private readonly ECDsa _owner = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private readonly ECDsa _outsider = ECDsa.Create(ECCurve.NamedCurves.nistP384);

    public override ValueTask DisposeAsync()
    {
        _owner.Dispose();
        _outsider.Dispose();
        return base.DisposeAsync();
    }

    [Fact]
    public async Task Set_SecondGenerationWithSignatures_ServesThemAndRecordsTheKeys()
    {
        CoordinatorHost host = await StartAsync();
        string manifest = GovernedManifest.Create(host, []).Write();
        ManifestSignature signature = Sign(manifest, _owner, 1);

        (HttpStatusCode status, string answer) = await PostAsync(host, "/api/v2/manifest", WithSignatures(manifest, signature));

        Assert.Equal((HttpStatusCode.OK, "{\"status\":\"success\",\"data\":{\"RecoverySecrets\":{}}}\n"), (status, answer));
        using HttpClient client = host.CreateClient();
        string served = await client.GetStringAsync(new Uri(Path, UriKind.Relative), TestContext.Current.CancellationToken);
        Assert.Contains(
            $"\"data\":{{\"manifestFingerprint\":\"{GovernedMesh.Fingerprint(manifest)}\",\"ManifestSignatures\":[{{\"Key\":\"",
            served,
            StringComparison.Ordinal);
        Assert.Contains(Convert.ToBase64String(signature.Signature.Span), served, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("other manifest", HttpStatusCode.InternalServerError, "is for the manifest")]
    [InlineData("forged", HttpStatusCode.InternalServerError, "is not by that key")]
    [InlineData("no list", HttpStatusCode.BadRequest, "ManifestSignatures")]
    [InlineData("no key", HttpStatusCode.BadRequest, "ManifestSignatures[0]: Key is missing or not base64.")]
    [InlineData("too many", HttpStatusCode.BadRequest, "has 17 entries")]
    [Trait("Security", "G3")]
    public async Task Set_SignaturesThatAreNoGood_SetsNothing(string fault, HttpStatusCode expected, string message)
    {
        CoordinatorHost host = await StartAsync();
        string manifest = GovernedManifest.Create(host, []).Write();
        ManifestSignature good = Sign(manifest, _owner, 1);
        string body = fault switch
        {
            "other manifest" => WithSignatures(manifest, good, Sign(manifest + " ", _outsider, 1)),
            "forged" => WithSignatures(manifest, new ManifestSignature(good.Key, good.ManifestFingerprint, 2, null, good.Signature.Span)),
            "no list" => GovernedMesh.V2(manifest)[..^1] + ",\"manifestsignatures\":{}}",
            "no key" => GovernedMesh.V2(manifest)[..^1] + ",\"ManifestSignatures\":[{}]}",
            _ => GovernedMesh.V2(manifest)[..^1] + $",\"ManifestSignatures\":[{string.Join(',', Enumerable.Repeat("{}", 17))}]}}",
        };

        (HttpStatusCode status, string answer) = await PostAsync(host, "/api/v2/manifest", body);

        Assert.Equal(expected, status);
        Assert.Contains(message, answer, StringComparison.Ordinal);
        using HttpClient client = host.CreateClient();
        Assert.Contains(
            "\"code\":2",
            await client.GetStringAsync(new Uri("/api/v2/status", UriKind.Relative), TestContext.Current.CancellationToken),
            StringComparison.Ordinal);
    }

    [Fact]
    [Trait("Security", "E1")]
    public async Task Add_ByEachKindOfCaller_IsTakenOfManagersAndOfKnownKeys()
    {
        await using GovernedMesh mesh = await GovernedMesh.StartAsync();
        string manifest = mesh.Manifest();
        string first = File(Sign(manifest, _owner, 5));
        const string None =
            "the manifest has no signature yet; a user who may update the manifest (UpdateManifest) brings the first one of a key";
        foreach (UserClient? user in (UserClient?[])[null, mesh.Paul, mesh.Rita, mesh.Will, mesh.Nora])
        {
            (await mesh.SendAsync(user, Path, first)).AssertError(HttpStatusCode.Forbidden, None);
        }

        (await mesh.SendAsync(mesh.Anna, Path, first)).Require();
        (await mesh.SendAsync(null, Path, File(Sign(manifest, _owner, 6)))).Require();
        (await mesh.SendAsync(mesh.Nora, Path, File(Sign(manifest, _owner, 7)))).Require();
        (await mesh.SendAsync(null, Path, File(Sign(manifest, _owner, 8), Sign(manifest, _outsider, 8)))).AssertError(
            HttpStatusCode.Forbidden,
            $"the manifest has no signature by key {OwnerKey.Of(_outsider).Fingerprint} yet; a user who may update the manifest "
            + $"(UpdateManifest) brings the first one of a key");

        Assert.Equal(7UL, Assert.Single(mesh.State.ManifestSignatures).Sequence);
        Assert.Equal(
            [
                $"manifest.sign anna allowed "
                + $"{{\"manifestFingerprint\":\"{GovernedMesh.Fingerprint(manifest)}\","
                + $"\"ownerKeys\":\"{OwnerKey.Of(_owner).Fingerprint}\"}}",
                $"manifest.sign - allowed "
                + $"{{\"manifestFingerprint\":\"{GovernedMesh.Fingerprint(manifest)}\","
                + $"\"ownerKeys\":\"{OwnerKey.Of(_owner).Fingerprint}\"}}",
            ],
            AuditReader.Read(mesh).Where(line => line.Contains("allowed", StringComparison.Ordinal)).Skip(1).Take(2));
        Assert.Equal(6, AuditReader.Read(mesh).Count(
            line => line.StartsWith("manifest.sign", StringComparison.Ordinal) && line.Contains("denied", StringComparison.Ordinal)));
    }

    [Fact]
    [Trait("Security", "E1")]
    public async Task Add_OlderEqualOrForgedRenewals_ChangeNothing()
    {
        await using GovernedMesh mesh = await GovernedMesh.StartAsync();
        string manifest = mesh.Manifest();
        ManifestSignature kept = Sign(manifest, _owner, 5);
        (await mesh.SendAsync(mesh.Anna, Path, File(kept))).Require();
        CoordinatorState before = mesh.State;

        (await mesh.SendAsync(null, Path, File(kept))).Require();
        (await mesh.SendAsync(mesh.Anna, Path, File(Sign(manifest, _owner, 4)))).Require();
        Answer forged = await mesh.SendAsync(
            null, Path, File(new ManifestSignature(kept.Key, kept.ManifestFingerprint, 6, null, kept.Signature.Span)));
        Answer other = await mesh.SendAsync(mesh.Anna, Path, File(Sign(manifest + " ", _owner, 7)));

        Assert.Same(before, mesh.State);
        Assert.Equal(HttpStatusCode.BadRequest, forged.Status);
        Assert.Contains("is not by that key", forged.Message, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.BadRequest, other.Status);
        Assert.Contains("is for the manifest", other.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Add_MoreOwnersThanThereArePlaces_IsRefusedWhole()
    {
        await using GovernedMesh mesh = await GovernedMesh.StartAsync();
        string manifest = mesh.Manifest();
        ManifestSignature[] all = [.. Enumerable.Range(0, ManifestSignature.MaxCount + 1).Select(
            _ => Sign(manifest, ECDsa.Create(ECCurve.NamedCurves.nistP256), 1))];

        (await mesh.SendAsync(mesh.Anna, Path, File(all[..^1]))).Require();
        (await mesh.SendAsync(mesh.Bert, Path, File(all[^1]))).AssertError(
            HttpStatusCode.BadRequest, "a manifest has the signatures of 16 owners at most, and these would be 17");

        Assert.Equal(ManifestSignature.MaxCount, mesh.State.ManifestSignatures.Length);
    }

    [Fact]
    [Trait("Security", "G3")]
    public async Task Add_WhatIsNoFileOfSignatures_IsRefusedWithThePlace()
    {
        await using GovernedMesh mesh = await GovernedMesh.StartAsync();

        Answer noJson = await mesh.SendAsync(mesh.Anna, Path, "{");
        Answer noList = await mesh.SendAsync(mesh.Anna, Path, "[]");
        Answer large = await mesh.SendAsync(mesh.Anna, Path, new string(' ', ManifestSignatures.MaxLength + 1));

        Assert.Equal(
            (HttpStatusCode.BadRequest, HttpStatusCode.BadRequest, HttpStatusCode.RequestEntityTooLarge),
            (noJson.Status, noList.Status, large.Status));
        Assert.Contains("not JSON", noJson.Message, StringComparison.Ordinal);
        Assert.Contains("an object with the list ManifestSignatures", noList.Message, StringComparison.Ordinal);
    }

    [Fact]
    [Trait("Security", "E3")]
    public async Task Update_WithoutSignatures_LeavesNoneOfTheOldManifest()
    {
        await using GovernedMesh mesh = await GovernedMesh.StartAsync(m => m["Config"]!["UpdateThreshold"] = 1);
        string before = mesh.Manifest(m => m["Config"]!["UpdateThreshold"] = 1);
        string next = mesh.Manifest(m => m["Config"]!["UpdateThreshold"] = 2);
        (await mesh.SendAsync(mesh.Anna, Path, File(Sign(before, _owner, 1)))).Require();

        Answer preview = await mesh.StartUpdateAsync(mesh.Anna, next, "?dryRun=true");
        (await mesh.SendAsync(mesh.Anna, "/update", next)).Require();

        Assert.Contains(
            GovernedMesh.Strings(preview.Require().Data.GetProperty("warnings")),
            w => w.Contains("came without that owner's signature", StringComparison.Ordinal));
        Assert.Empty(mesh.State.ManifestSignatures);
        Assert.Equal("[]", (await mesh.SendAsync(null, Path)).Require().Data.GetProperty("ManifestSignatures").GetRawText());
    }

    [Fact]
    [Trait("Security", "E3")]
    public async Task Update_ThatWaits_CarriesSignaturesUntilItIsInForce()
    {
        await using GovernedMesh mesh = await GovernedMesh.StartAsync();
        string before = mesh.Manifest();
        string next = mesh.Manifest(m => m["Config"]!["UpdateThreshold"] = 2);
        (await mesh.SendAsync(mesh.Anna, Path, File(Sign(before, _owner, 1)))).Require();

        (await mesh.SendAsync(mesh.Anna, "/api/v2/update", WithSignatures(next, Sign(next, _owner, 2)))).Require();
        Assert.Equal(1UL, Assert.Single(mesh.State.ManifestSignatures).Sequence);
        Assert.Equal(2UL, (await mesh.PendingAsync()).Data.GetProperty("ManifestSignatures")[0].GetProperty("Sequence").GetUInt64());
        await mesh.RestartAsync();
        Answer forged = await mesh.SendAsync(mesh.Bert, "/api/v2/update-manifest", WithSignatures(next, Sign(before, _outsider, 1)));
        (await mesh.SendAsync(
            mesh.Bert, "/api/v2/update-manifest", WithSignatures(next, Sign(next, _outsider, 9), Sign(next, _owner, 1)))).Require();
        (await mesh.AcknowledgeAsync(mesh.Cara, next)).Require();

        Assert.Equal(HttpStatusCode.InternalServerError, forged.Status);
        Assert.Contains("is for the manifest", forged.Message, StringComparison.Ordinal);
        Assert.Equal(GovernedMesh.Fingerprint(next), mesh.State.Manifest!.Fingerprint);
        Assert.Equal(
            [(2UL, OwnerKey.Of(_owner)), (9UL, OwnerKey.Of(_outsider))], mesh.State.ManifestSignatures.Select(s => (s.Sequence, s.Key)));
        await mesh.RestartAsync();
        Assert.Equal(2, mesh.State.ManifestSignatures.Length);
        Assert.Contains(
            AuditReader.Read(mesh),
            line => line.StartsWith("update.acknowledge cara allowed", StringComparison.Ordinal)
                && line.Contains(OwnerKey.Of(_outsider).Fingerprint, StringComparison.Ordinal));
    }

    [Fact]
    [Trait("Security", "E3")]
    public async Task Update_ThatIsCancelled_LeavesTheSignaturesOfTheManifestInForce()
    {
        await using GovernedMesh mesh = await GovernedMesh.StartAsync();
        string next = mesh.Manifest(m => m["Config"]!["UpdateThreshold"] = 2);
        (await mesh.SendAsync(mesh.Anna, Path, File(Sign(mesh.Manifest(), _owner, 1)))).Require();
        (await mesh.SendAsync(mesh.Anna, "/api/v2/update", WithSignatures(next, Sign(next, _owner, 2)))).Require();

        (await mesh.SendAsync(mesh.Cara, Path, File(Sign(mesh.Manifest(), _outsider, 3)))).Require();
        (await mesh.CancelAsync(mesh.Bert)).Require();

        Assert.Equal([1UL, 3UL], mesh.State.ManifestSignatures.Select(s => s.Sequence));
    }

    [Fact]
    public async Task Update_OfPackagesAlone_KeepsTheSignaturesAndTakesNone()
    {
        await using GovernedMesh mesh = await GovernedMesh.StartAsync();
        const string Raise = "{\"Packages\":{\"app\":{\"SecurityVersion\":7}}}";
        (await mesh.SendAsync(mesh.Anna, Path, File(Sign(mesh.Manifest(), _owner, 1)))).Require();

        Answer signed = await mesh.SendAsync(mesh.Paul, "/api/v2/update", WithSignatures(Raise, Sign(Raise, _owner, 2)));
        (await mesh.StartUpdateAsync(mesh.Paul, Raise)).Require();

        Assert.Contains("send it without signatures", signed.Message, StringComparison.Ordinal);
        Assert.Single(mesh.State.ManifestSignatures);
    }

    private static ManifestSignature Sign(string manifest, AsymmetricAlgorithm key, ulong sequence) =>
        ManifestSignature.Sign(Manifest.ComputeFingerprint(Encoding.UTF8.GetBytes(manifest)), key, sequence);

    private static string File(params ManifestSignature[] signatures) => Encoding.UTF8.GetString(ManifestSignatures.Write(signatures));

    /// <summary>The manifest with the list of a file of signatures.</summary>
    private static string WithSignatures(string manifest, params ManifestSignature[] signatures) =>
        GovernedMesh.V2(manifest)[..^1] + "," + File(signatures).Trim()[1..];

    private static async Task<(HttpStatusCode Status, string Body)> PostAsync(CoordinatorHost host, string path, string body)
    {
        using HttpClient client = host.CreateClient();
        using var content = new StringContent(body);
        using HttpResponseMessage response = await client.PostAsync(
            new Uri(path, UriKind.Relative), content, TestContext.Current.CancellationToken);
        return (response.StatusCode, await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
    }
}
