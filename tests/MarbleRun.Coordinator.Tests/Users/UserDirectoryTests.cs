using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json;
using MarbleRun.Coordinator.Users;
using MarbleRun.Manifests;
using MarbleRun.Manifests.Checks;
using MarbleRun.Manifests.Reading;
using MarbleRun.TestSupport;

namespace MarbleRun.Coordinator.Tests.Users;

/// <summary>Who a manifest's users are, and exactly what their roles allow.</summary>
public sealed class UserDirectoryTests
{
    private static readonly byte[] s_alice = NewCertificate("alice");
    private static readonly byte[] s_bob = NewCertificate("bob");

    [Fact]
    [Case("manifest", "Actions of roles in any case; a user may do what all roles of the user allow, and nothing else")]
    public void Find_UserWithRolesInAnyCase_MayDoTheirUnionAndNothingElse()
    {
        MeshUser alice = Directory().Find(s_alice)!;
        MeshUser bob = Directory().Find(s_bob)!;

        Assert.Equal(["readsecret", "writesecret"], alice.Permissions.Keys.Order());
        Assert.Equal(["uploaded"], alice.Permissions["writesecret"]);
        Assert.Equal(["shared", "uploaded"], alice.Permissions["readsecret"].Order());
        Assert.True(alice.May(RoleActions.ReadSecret, "shared", "uploaded"));
        Assert.False(alice.May(RoleActions.WriteSecret, "shared"));
        Assert.False(alice.May(RoleActions.UpdateSecurityVersion, "front"));
        Assert.Equal(["updatesecurityversion"], bob.Permissions.Keys);
        Assert.True(bob.May(RoleActions.UpdateSecurityVersion, "front", "back"));
        Assert.False(bob.May(RoleActions.ReadSecret, "shared"));
    }

    [Fact]
    public void Find_CertificateOfNoUser_IsNull() => Assert.Null(Directory().Find(NewCertificate("alice")));

    [Fact]
    [Case("manifest", "A user without a certificate")]
    public void Create_UserWithoutCertificate_IsRefused()
    {
        ManifestReport report = ManifestChecker.Check("""{ "Users": { "carol": {} } }"""u8);

        Assert.Equal(
            "received invalid certificate for user carol", Assert.Throws<ManifestException>(() => UserDirectory.Create(report)).Message);
    }

    [Fact]
    public void Create_TwoUsersWithOneCertificate_IsRefused()
    {
        ManifestReport report = ManifestChecker.Check(Encoding.UTF8.GetBytes(
            $$"""{ "Users": { "carol": { "Certificate": {{Pem(s_alice)}} }, "alice": { "Certificate": {{Pem(s_alice)}} } } }"""));

        Assert.Equal(
            "manifest contains the same certificate for users alice and carol",
            Assert.Throws<ManifestException>(() => UserDirectory.Create(report)).Message);
    }

    private static UserDirectory Directory() => UserDirectory.Create(ManifestChecker.Check(Encoding.UTF8.GetBytes(
        $$"""
        {
          "Packages": { "front": {}, "back": {} },
          "Secrets": { "uploaded": { "Type": "plain", "UserDefined": true }, "shared": { "Type": "symmetric-key", "Size": 128, "Shared": true } },
          "Users": {
            "alice": { "Certificate": {{Pem(s_alice)}}, "Roles": [ "writer", "reader" ] },
            "bob": { "Certificate": {{Pem(s_bob)}}, "Roles": [ "front", "back" ] }
          },
          "Roles": {
            "writer": { "ResourceType": "Secrets", "ResourceNames": [ "uploaded" ], "Actions": [ "WRITESECRET", "readsecret" ] },
            "reader": { "ResourceType": "Secrets", "ResourceNames": [ "shared" ], "Actions": [ "ReadSecret" ] },
            "front": { "ResourceType": "Packages", "ResourceNames": [ "front" ], "Actions": [ "UpdateSecurityVersion" ] },
            "back": { "ResourceType": "Packages", "ResourceNames": [ "back" ], "Actions": [ "updatesecurityversion" ] }
          }
        }
        """)));

    private static string Pem(byte[] certificate) => JsonSerializer.Serialize(PemEncoding.WriteString("CERTIFICATE", certificate));

    private static byte[] NewCertificate(string name)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using X509Certificate2 certificate = new CertificateRequest("CN=" + name, key, HashAlgorithmName.SHA256)
            .CreateSelfSigned(DateTimeOffset.UnixEpoch.AddYears(50), DateTimeOffset.UnixEpoch.AddYears(80));
        return certificate.RawData;
    }
}
