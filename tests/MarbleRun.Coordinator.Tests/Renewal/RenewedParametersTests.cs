using System.Security.Cryptography.X509Certificates;
using System.Text.Json.Nodes;
using Google.Protobuf;
using Grpc.Core;
using MarbleRun.Coordinator.Renewal;
using MarbleRun.Coordinator.Tests.Manifests;
using MarbleRun.Protos;
using MarbleRun.TestSupport;

namespace MarbleRun.Coordinator.Tests.Renewal;

/// <summary>The parameters in the answer to <c>/marblerun.v1.Mesh/Renew</c>.</summary>
public sealed class RenewedParametersTests : CoordinatorTest
{
    private const string Reserved = "MARBLE_PREDEFINED_";

    [Fact]
    public async Task Renew_MarbleThatDoesNotAsk_GetsNoParameters()
    {
        CoordinatorHost host = await StartWithManifestAsync();
        using RenewingMarble marble = await RenewingMarble.ActivateAsync(host);

        (RenewResponse response, _) = await marble.RenewAsync();

        Assert.Null(response.Parameters);
        Assert.NotEmpty(response.Certificate);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Activate_MarbleThatSaysWhetherItRenews_GetsAVersionOrNone(bool renews)
    {
        CoordinatorHost host = await StartWithManifestAsync();

        using RenewingMarble marble = await RenewingMarble.ActivateAsync(host, renews: renews);

        Assert.Equal(renews ? 32 : 0, marble.Activated.ParametersVersion.Length);
    }

    [Fact]
    public async Task Renew_VersionOfTheActivation_GetsNoParametersAlsoAfterARestart()
    {
        CoordinatorHost host = await StartWithManifestAsync();
        using RenewingMarble marble = await RenewingMarble.ActivateAsync(host);
        RenewedParameters? first = await marble.RefreshAsync();

        CoordinatorHost again = await RestartAsync();
        using RenewingMarble later = marble.At(again);
        RenewedParameters? second = await later.RefreshAsync();

        Assert.Null(first);
        Assert.Null(second);
    }

    [Theory]
    [InlineData("")]
    [InlineData("another version")]
    public async Task Renew_OtherVersion_GetsTheValuesOfTheActivationWithoutTheIdentity(string known)
    {
        CoordinatorHost host = await StartWithManifestAsync();
        using RenewingMarble marble = await RenewingMarble.ActivateAsync(host);
        Parameters before = marble.Activated.Parameters;

        RenewedParameters? renewed = await marble.RefreshAsync(ByteString.CopyFromUtf8(known));

        Assert.NotNull(renewed);
        Assert.Equal(marble.Activated.ParametersVersion, renewed.Version);
        Assert.Equal(
            before.Env.Where(v => !v.Key.StartsWith(Reserved, StringComparison.Ordinal)).OrderBy(v => v.Key, StringComparer.Ordinal),
            renewed.Environment.OrderBy(v => v.Key, StringComparer.Ordinal));
        Assert.Equal(["/tmp/key"], renewed.Files.Keys);
        Assert.Equal(before.Files["/tmp/key"], renewed.Files["/tmp/key"]);
        Assert.Equal(["/tmp/leaf.pem"], renewed.IdentityFiles);
        Assert.Empty(renewed.IdentityVariables);
        Assert.Empty(renewed.Fault);
    }

    [Fact]
    public async Task Renew_VersionsOfTwoMarblesWithTheSameValues_AreNotTheSame()
    {
        CoordinatorHost host = await StartWithManifestAsync();
        using RenewingMarble one = await RenewingMarble.ActivateAsync(host, "limited");
        using RenewingMarble other = await RenewingMarble.ActivateAsync(host, "limited");

        Assert.NotEqual(one.Activated.ParametersVersion, other.Activated.ParametersVersion);
    }

    [Fact]
    public async Task Renew_ParametersWereSent_TheAuditTrailSaysIt()
    {
        CoordinatorHost host = await StartWithManifestAsync();
        using RenewingMarble marble = await RenewingMarble.ActivateAsync(host);

        await marble.RefreshAsync();
        int unchanged = await CountInTrailAsync();
        await marble.RefreshAsync(ByteString.Empty);

        Assert.Equal((0, 1), (unchanged, await CountInTrailAsync()));
    }

    [Fact]
    [Trait("Security", "D1")]
    public async Task Renew_EvidenceIsRefused_GetsNoParameters()
    {
        CoordinatorHost host = await StartWithManifestAsync();
        using RenewingMarble marble = await RenewingMarble.ActivateAsync(host);

        RpcException refused = await Assert.ThrowsAsync<RpcException>(() => marble.RenewAsync(
            binding => binding with { KeyHash = new byte[32] }, request => request.KnownParameters = ByteString.Empty));

        Assert.Equal(StatusCode.PermissionDenied, refused.StatusCode);
        Assert.Equal(0, await CountInTrailAsync());
    }

    [Fact]
    public async Task Renew_AsksAllTheTime_IsPostponed()
    {
        CoordinatorHost host = await StartWithManifestAsync();
        using RenewingMarble marble = await RenewingMarble.ActivateAsync(host);
        for (int i = 0; i < RenewalPace.MostInWindow; i++)
        {
            await marble.RefreshAsync(ByteString.Empty);
        }

        RpcException refused = await Assert.ThrowsAsync<RpcException>(() => marble.RefreshAsync(ByteString.Empty));

        Assert.Equal(StatusCode.Unavailable, refused.StatusCode);
        Assert.Equal(RenewalPace.MostInWindow, await CountInTrailAsync());
    }

    [Fact]
    public async Task Renew_PrivateCertificate_IsReplacedWithTheAuthorityAndNotBefore()
    {
        await using GovernedMesh mesh = await GovernedMesh.StartAsync();
        using RenewingMarble marble = await RenewingMarble.ActivateAsync(mesh.Host);
        ByteString key = marble.Activated.Parameters.Env["PRIVATE"];

        RenewedParameters? unchanged = await marble.RefreshAsync();
        await mesh.UpdateAsync(m => m["Config"]!["TrustOverlap"] = "2h");
        RenewedParameters? renewed = await marble.RefreshAsync();

        Assert.Null(unchanged);
        Assert.NotNull(renewed);
        Assert.Equal(key, renewed.Environment["PRIVATE"]);
        using var before = X509Certificate2.CreateFromPem(marble.Activated.Parameters.Env["OWN"].ToStringUtf8());
        using var after = X509Certificate2.CreateFromPem(renewed.Environment["OWN"].ToStringUtf8());
        Assert.NotEqual(before.GetPublicKey(), after.GetPublicKey());
        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.Add(mesh.State.Authority.MarbleRoot);
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        Assert.True(chain.Build(after), string.Join(", ", chain.ChainStatus.Select(s => s.StatusInformation)));
    }

    [Fact]
    public async Task Renew_AfterAnUpload_GetsTheValue()
    {
        await using GovernedMesh mesh = await GovernedMesh.StartAsync();
        (await mesh.UploadAsync("upload", new byte[16])).Require();
        using RenewingMarble marble = await RenewingMarble.ActivateAsync(mesh.Host, "uploaded");
        byte[] value = [.. Enumerable.Range(1, 16).Select(i => (byte)i)];

        (await mesh.UploadAsync("upload", value)).Require();
        RenewedParameters? renewed = await marble.RefreshAsync();
        RenewedParameters? again = await marble.RefreshAsync(renewed!.Version);

        Assert.Equal(Convert.ToHexStringLower(value), renewed.Environment["UPLOAD"].ToStringUtf8());
        Assert.Null(again);
    }

    [Fact]
    public async Task Renew_UpdateThatLeavesTheValuesAsTheyAre_GetsNoParameters()
    {
        await using GovernedMesh mesh = await GovernedMesh.StartAsync();
        (await mesh.UploadAsync("upload", new byte[16])).Require();
        using RenewingMarble marble = await RenewingMarble.ActivateAsync(mesh.Host, "uploaded");

        await mesh.UpdateAsync(m => m["Config"]!["TrustOverlap"] = "2h");

        Assert.Null(await marble.RefreshAsync());
    }

    [Fact]
    public async Task Renew_SecretThatIsNotUploaded_GetsTheCertificateAndTheReason()
    {
        await using GovernedMesh mesh = await GovernedMesh.StartAsync();
        using RenewingMarble marble = await RenewingMarble.ActivateAsync(mesh.Host, "limited");
        await mesh.UpdateAsync(m =>
        {
            m["Config"]!["TrustOverlap"] = "2h";
            m["Marbles"]!["limited"]!["Parameters"] = new JsonObject
            {
                ["Env"] = new JsonObject { ["UPLOAD"] = "{{ hex .Secrets.upload }}" },
            };
        });

        (RenewResponse response, _) = await marble.RenewAsync(change: r => r.KnownParameters = marble.Activated.ParametersVersion);

        Assert.NotEmpty(response.Certificate);
        Assert.Contains("UPLOAD", response.Parameters.Fault, StringComparison.Ordinal);
        Assert.Empty(response.Parameters.Environment);
        Assert.Empty(response.Parameters.Version);
        Assert.Contains(mesh.Host.Logs.Entries, e => e.Contains("ParametersNotRendered", StringComparison.Ordinal));
    }

    [Fact]
    [Trait("Security", "E10")]
    public async Task Renew_MarbleThatGetsATlsPolicy_GetsItsNameAlone()
    {
        await using GovernedMesh mesh = await GovernedMesh.StartAsync();
        using RenewingMarble marble = await RenewingMarble.ActivateAsync(mesh.Host, "limited");
        await mesh.UpdateAsync(m =>
        {
            m["Config"]!["TrustOverlap"] = "2h";
            m["TLS"] = new JsonObject { ["tag"] = JsonNode.Parse("""{ "Incoming": [ { "Port": "443" } ] }""") };
            m["Marbles"]!["limited"]!["TLS"] = new JsonArray("tag");
        });

        RenewedParameters? renewed = await marble.RefreshAsync();

        Assert.NotNull(renewed);
        Assert.Equal(["MARBLE_TTLS_CONFIG"], renewed.IdentityVariables);
        Assert.Empty(renewed.Environment);
    }

    [Fact]
    public async Task Renew_TypeThatTheNewManifestLacks_IsRefused()
    {
        await using GovernedMesh mesh = await GovernedMesh.StartAsync();
        using RenewingMarble marble = await RenewingMarble.ActivateAsync(mesh.Host, "limited");
        await mesh.UpdateAsync(m =>
        {
            m["Config"]!["TrustOverlap"] = "2h";
            m["Marbles"]!.AsObject().Remove("limited");
        });

        RpcException refused = await Assert.ThrowsAsync<RpcException>(() => marble.RefreshAsync(ByteString.Empty));

        Assert.Equal(StatusCode.PermissionDenied, refused.StatusCode);
        Assert.Contains("unknown marble type requested", refused.Status.Detail, StringComparison.Ordinal);
    }

    private async Task<CoordinatorHost> StartWithManifestAsync()
    {
        CoordinatorHost host = await StartAsync();
        await TestManifest.SetAsync(host);
        return host;
    }

    private async Task<int> CountInTrailAsync()
    {
        await using var file = new FileStream(
            Assert.Single(Directory.GetFiles(Folder.File("seal/audit"), "audit-*.jsonl")),
            FileMode.Open,
            FileAccess.Read,
            FileShare.ReadWrite);
        using var reader = new StreamReader(file);
        string trail = await reader.ReadToEndAsync(Cancellation);
        return trail.Split('\n').Count(line =>
            line.Contains("marble.renew", StringComparison.Ordinal) && line.Contains("\"sent\"", StringComparison.Ordinal));
    }
}
