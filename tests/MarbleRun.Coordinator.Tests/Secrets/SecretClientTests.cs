using System.Security.Cryptography.X509Certificates;
using System.Text;
using MarbleRun.Management;
using MarbleRun.TestSupport;

namespace MarbleRun.Coordinator.Tests.Secrets;

/// <summary><see cref="CoordinatorClient"/> as a user who reads and sets secrets.</summary>
public sealed class SecretClientTests : RunningCoordinatorTest
{
    private readonly UserClient _alice = new("alice");
    private readonly UserClient _outsider = new("outsider");
    private VerifiedCoordinator _coordinator = null!;

    public override async ValueTask InitializeAsync()
    {
        await base.InitializeAsync();
        string measurement = Host.Platform.MeasureRunningProcess().UniqueId;
        string manifest = $$"""
            {
              "Packages": { "app": { "UniqueID": "{{measurement}}" } },
              "Marbles": { "web": { "Package": "app" } },
              "Secrets": {
                "name & käse": { "Type": "plain", "UserDefined": true },
                "cert": { "Type": "cert-ecdsa", "Size": 256, "UserDefined": true, "ValidFor": 3 },
                "shared": { "Type": "symmetric-key", "Size": 256, "Shared": true },
                "hidden": { "Type": "symmetric-key", "Size": 256, "Shared": true }
              },
              "Users": { "alice": { "Certificate": "{{_alice.JsonPem}}", "Roles": ["own", "read"] } },
              "Roles": {
                "own": { "ResourceType": "Secrets", "ResourceNames": ["name & käse", "cert"], "Actions": ["WriteSecret", "ReadSecret"] },
                "read": { "ResourceType": "Secrets", "ResourceNames": ["shared"], "Actions": ["ReadSecret"] }
              }
            }
            """;
        _coordinator = await CoordinatorClient.VerifyCoordinatorAsync(
            Host.Client.ToString(),
            new CoordinatorExpectation
            {
                Verifier = Host.Platform.CreateVerifier(),
                ExpectedPackage = Host.Platform.MeasureRunningProcess().ToPackageProperties(),
            },
            Cancellation);
        using var client = new CoordinatorClient(_coordinator);
        await client.SetManifestAsync(Encoding.UTF8.GetBytes(manifest), cancellationToken: Cancellation);
    }

    public override async ValueTask DisposeAsync()
    {
        _alice.Dispose();
        _outsider.Dispose();
        await base.DisposeAsync();
    }

    [Fact]
    public async Task Set_OfAllKinds_AreReadBack()
    {
        using var client = new CoordinatorClient(_coordinator, _alice.Certificate);
        byte[] privateKey = _alice.Certificate.GetECDsaPrivateKey()!.ExportPkcs8PrivateKey();

        await client.SetSecretsAsync(
            new Dictionary<string, NewSecret>
            {
                ["name & käse"] = NewSecret.OfKey("hello"u8.ToArray()),
                ["cert"] = NewSecret.OfCertificate(_alice.Certificate.RawData, privateKey),
            },
            Cancellation);
        IReadOnlyDictionary<string, MeshSecret> read = await client.GetSecretsAsync(["shared", "name & käse", "cert"], Cancellation);

        Assert.Equal(["cert", "name & käse", "shared"], read.Keys);
        Assert.Equal("hello"u8, read["name & käse"].Public.Span);
        Assert.Equal(_alice.Certificate.RawData, read["cert"].Certificate.Span);
        Assert.Equal(privateKey, read["cert"].Private.Span);
        Assert.Equal(
            ("cert-ecdsa", 256, true, false, 3),
            (read["cert"].Type, read["cert"].Size, read["cert"].IsUserDefined, read["cert"].IsShared, read["cert"].ValidFor));
        Assert.Equal(("symmetric-key", true, 32), (read["shared"].Type, read["shared"].IsShared, read["shared"].Private.Length));
    }

    [Fact]
    [Trait("Security", "E8")]
    public async Task MeshSecret_AfterItsUse_HasNoValueAndNeverShowsIt()
    {
        using var client = new CoordinatorClient(_coordinator, _alice.Certificate);
        MeshSecret secret = (await client.GetSecretsAsync(["shared"], Cancellation))["shared"];
        Assert.Contains(secret.Private.ToArray(), b => b != 0);

        secret.Dispose();

        Assert.All(secret.Private.ToArray(), b => Assert.Equal(0, b));
        Assert.All(secret.Public.ToArray(), b => Assert.Equal(0, b));
        Assert.Equal("secret of type symmetric-key", secret.ToString());
        Assert.Equal("key", NewSecret.OfKey("hello"u8.ToArray()).ToString());
    }

    [Fact]
    public async Task Calls_WithoutTheRight_GetTheReason()
    {
        using var alice = new CoordinatorClient(_coordinator, _alice.Certificate);
        using var outsider = new CoordinatorClient(_coordinator, _outsider.Certificate);
        var secrets = new Dictionary<string, NewSecret> { ["shared"] = NewSecret.OfKey(new byte[32]) };

        CoordinatorException hidden = await Assert.ThrowsAsync<CoordinatorException>(
            () => alice.GetSecretsAsync(["shared", "hidden"], Cancellation));
        CoordinatorException generated = await Assert.ThrowsAsync<CoordinatorException>(
            () => alice.SetSecretsAsync(secrets, Cancellation));
        CoordinatorException unknown = await Assert.ThrowsAsync<CoordinatorException>(
            () => outsider.GetSecretsAsync(["shared"], Cancellation));

        Assert.Equal(CoordinatorErrorCode.Rejected, hidden.ErrorCode);
        Assert.Contains(
            "user alice is not allowed to read one or more secrets of: [shared hidden]", hidden.Message, StringComparison.Ordinal);
        Assert.Contains("secret shared is not writeable", generated.Message, StringComparison.Ordinal);
        Assert.Equal(CoordinatorErrorCode.Unauthorized, unknown.ErrorCode);
        await Assert.ThrowsAsync<ArgumentException>(() => alice.GetSecretsAsync([], Cancellation));
        await Assert.ThrowsAsync<ArgumentException>(() => alice.GetSecretsAsync([""], Cancellation));
    }
}
