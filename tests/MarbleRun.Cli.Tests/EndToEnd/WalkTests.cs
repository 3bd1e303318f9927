using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using MarbleRun.Activation;
using MarbleRun.Cli.Tests.Users;

namespace MarbleRun.Cli.Tests.EndToEnd;

/// <summary>The life of a mesh by the command line alone, each command a process, against a Coordinator that is one, too.</summary>
public sealed class WalkTests
{
    [Fact]
    public async Task Walk_KeysInFiles_FromTheManifestToARevocation()
    {
        await using var machine = new WalkMachine();
        foreach (string name in new[] { "alice", "bob" })
        {
            using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
            DateTimeOffset now = DateTimeOffset.UtcNow;
            using X509Certificate2 certificate = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256)
                .CreateSelfSigned(now.AddMinutes(-1), now.AddDays(1));
            machine.Write($"{name}.pem", certificate.ExportCertificatePem());
            machine.Write($"{name}.key", key.ExportPkcs8PrivateKeyPem());
        }

        using var party = RSA.Create(2048);
        machine.Write("party.key", party.ExportPkcs8PrivateKeyPem());
        machine.Write("party.pub", party.ExportSubjectPublicKeyInfoPem());

        await WalkAsync(
            machine,
            alice: ["--cert", "alice.pem", "--key", "alice.key"],
            bob: ["--cert", "bob.pem", "--key", "bob.key"],
            party: ["--key", "party.key"]);
    }

    [Fact]
    public async Task Walk_KeysInTokens_FromTheManifestToARevocation()
    {
        Assert.SkipUnless(SoftHsm.IsInstalled, SoftHsm.Missing);
        SoftHsm.Tokens tokens = SoftHsm.Users;
        await using var machine = new WalkMachine(("SOFTHSM2_CONF", tokens.Settings));
        machine.Write("pkcs11.json", SoftHsm.Config());
        machine.Write("alice.pem", tokens.Certificates["ec"].ExportCertificatePem());
        machine.Write("bob.pem", tokens.Certificates["rsa"].ExportCertificatePem());
        machine.Write("party.pub", tokens.RecoveryKey);

        await WalkAsync(
            machine,
            alice: ["--pkcs11-config", "pkcs11.json", "--pkcs11-key-label", "ec", "--pkcs11-cert-id", "ec-id"],
            bob: ["--pkcs11-config", "pkcs11.json", "--pkcs11-key-id", "0x01", "--pkcs11-cert-label", "rsa"],
            party: ["--pkcs11-config", "pkcs11.json", "--pkcs11-key-label", "rsa"]);

        Assert.DoesNotContain(SoftHsm.Pin, machine.Outputs, StringComparison.Ordinal);
    }

    private static async Task WalkAsync(WalkMachine machine, string[] alice, string[] bob, string[] party)
    {
        machine.Write("manifest.json", Manifest(machine, greeting: "hello"));
        machine.Write("update.json", Manifest(machine, greeting: "good morning"));
        machine.Write("secrets.json", """{ "note": { "Key": "c2VjcmV0IG5vdGU=" } }""");
        await machine.StartAsync();

        Assert.Contains("Manifest successfully set", await machine.RunAsync(
            "manifest set manifest.json ADDR --simulation --recoverydata recovery.json"), StringComparison.Ordinal);
        await machine.ActivateAsync("web");

        // Both users must agree to the update.
        Assert.Contains("1 user still needs to acknowledge", await machine.RunAsync(
            "manifest update apply update.json ADDR", alice), StringComparison.Ordinal);
        Assert.Contains("All users have acknowledged", await machine.RunAsync(
            "manifest update acknowledge update.json ADDR", bob), StringComparison.Ordinal);
        await machine.RunAsync("manifest verify update.json ADDR --simulation");

        await machine.RunAsync("secret set secrets.json ADDR", alice);
        Assert.Equal("secret note", await machine.RunAsync("secret get note ADDR --raw", bob));

        await machine.StopAsync();
        await machine.StartAsync();
        Assert.StartsWith("3: ", await machine.RunAsync("status ADDR"), StringComparison.Ordinal);
        Assert.Equal("secret note", await machine.RunAsync("secret get note ADDR --raw", alice));

        await machine.StopAsync();
        machine.LoseKey();
        await machine.StartAsync();
        Assert.StartsWith("1: ", await machine.RunAsync("status ADDR --insecure"), StringComparison.Ordinal);
        await machine.RunAsync("recover-with-signature public-key ADDR --simulation -o coordinator.pub");
        await machine.RunAsync(
            "recover-with-signature encrypt-secret recovery.json --coordinator-pub-key coordinator.pub -o secret.enc", party);
        await machine.RunAsync("recover-with-signature sign-secret recovery.json -o secret.sig", party);
        Assert.Equal(
            "Recovery successful.\n",
            await machine.RunAsync("recover-with-signature secret.enc ADDR --simulation --signature secret.sig"));
        Assert.StartsWith("3: ", await machine.RunAsync("status ADDR"), StringComparison.Ordinal);
        Assert.Equal("secret note", await machine.RunAsync("secret get note ADDR --raw", alice));

        await machine.ActivateAsync("web");
        await machine.RunAsync("marbles revoke ADDR --type web --reason stolen", bob, exitCode: 5);
        await machine.RunAsync("marbles revoke ADDR --type web --reason stolen", alice);
        Assert.Matches(@"in force +the Marble type web +0 +stolen", await machine.RunAsync("marbles revocations ADDR", alice));
        MarbleActivationException refused = await Assert.ThrowsAsync<MarbleActivationException>(() => machine.ActivateAsync("web"));
        Assert.Contains("revoked", refused.Message, StringComparison.OrdinalIgnoreCase);
    }

    private static string Manifest(WalkMachine machine, string greeting) => $$"""
        {
          "Packages": { "app": { "UniqueID": "{{machine.Platform.MeasureRunningProcess().UniqueId}}" } },
          "Marbles": { "web": { "Package": "app", "Parameters": { "Env": { "GREETING": "{{greeting}}" } } } },
          "Secrets": { "note": { "Type": "plain", "UserDefined": true } },
          "Users": {
            "alice": { "Certificate": "{{Text(machine, "alice.pem")}}", "Roles": [ "update", "note", "guard" ] },
            "bob": { "Certificate": "{{Text(machine, "bob.pem")}}", "Roles": [ "update", "note" ] }
          },
          "Roles": {
            "update": { "ResourceType": "Manifest", "Actions": [ "UpdateManifest" ] },
            "note": { "ResourceType": "Secrets", "ResourceNames": [ "note" ], "Actions": [ "ReadSecret", "WriteSecret" ] },
            "guard": { "ResourceType": "Marbles", "ResourceNames": [ "web" ], "Actions": [ "RevokeMarble" ] }
          },
          "RecoveryKeys": { "party": "{{Text(machine, "party.pub")}}" },
          "Config": { "UpdateThreshold": 2 }
        }
        """;

    private static string Text(WalkMachine machine, string name) =>
        machine.Read(name).TrimEnd().ReplaceLineEndings("\\n") + "\\n";
}
