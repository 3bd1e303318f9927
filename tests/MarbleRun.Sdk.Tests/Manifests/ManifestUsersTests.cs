using System.Collections.Immutable;
using System.Formats.Asn1;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using MarbleRun.Manifests;
using MarbleRun.Manifests.Checks;
using MarbleRun.TestSupport;

namespace MarbleRun.Tests.Manifests;

public sealed class ManifestUsersTests
{
    private static readonly string s_alice = NewCertificate("alice");

    private static readonly string s_bob = NewCertificate("bob");

    [Theory]
    [InlineData(0, null)]
    [InlineData(1, null)]
    [InlineData(2, null)]
    [InlineData(3, "not enough users with manifest update permissions (2) to meet the threshold of 3")]
    [Case("manifest", "The update threshold needs as many updaters")]
    public void Validate_UpdateThresholdOfTwoUpdaters_IsMetByTwo(ulong threshold, string? error)
    {
        Manifest manifest = WithUsers(("alice", s_alice, ["owner"]), ("bob", s_bob, ["owner"]));

        Assert.Equal(
            error, ManifestSamples.Errors(manifest with { Config = new ManifestConfig { UpdateThreshold = threshold } }).FirstOrDefault());
    }

    [Fact]
    [Case("manifest", "A user with several update roles counts once")]
    public void Validate_OneUserWithSeveralUpdateRoles_CountsOnce()
    {
        Manifest manifest = WithUsers(("alice", s_alice, ["owner", "owner2", "owner3"])) with
        {
            Config = new ManifestConfig { UpdateThreshold = 3 },
        };
        RoleDefinition owner = manifest.Roles["owner"];
        manifest = manifest with { Roles = manifest.Roles.Add("owner2", owner).Add("owner3", owner) };

        Assert.Equal(
            ["not enough users with manifest update permissions (1) to meet the threshold of 3"], ManifestSamples.Errors(manifest));
    }

    [Theory]
    [InlineData(0, null, null)]
    [InlineData(1, null, null)]
    [InlineData(2, null, "no Marble of type backend can be revoked: fewer users may do that (1) than the threshold of 2")]
    [InlineData(3, "not enough users with permission to revoke Marbles (2) to meet the threshold of 3", null)]
    public void Validate_RevocationThreshold_NeedsAsManyUsersOfTheType(ulong threshold, string? error, string? warning)
    {
        Manifest manifest = WithUsers(("alice", s_alice, ["guard", "guard2"]), ("bob", s_bob, ["guard"]));
        var guard = new RoleDefinition
        {
            ResourceType = ResourceTypes.Marbles,
            ResourceNames = ["frontend"],
            Actions = ["REVOKEmarble", RoleActions.ReadMarbles],
        };
        manifest = manifest with
        {
            Config = new ManifestConfig { RevocationThreshold = threshold },
            Roles = manifest.Roles.Add("guard", guard).Add("guard2", guard with { ResourceNames = ["frontend", "backend"] }),
        };

        Assert.Equal(error, ManifestSamples.Errors(manifest).FirstOrDefault());
        Assert.Equal(warning, ManifestSamples.Warnings(manifest).SingleOrDefault()?.Message);
    }

    [Theory]
    [InlineData("ReadAudit", null, null)]
    [InlineData("readaudit", null, null)]
    [InlineData("UpdateManifest", null, "unknown action: UpdateManifest for type Audit in role: auditor")]
    [InlineData("ReadAudit", "frontend", "role auditor: resource names are not allowed for type Audit")]
    public void Validate_RoleForTheAuditTrail_HasOneActionAndNoNames(string action, string? name, string? error)
    {
        Manifest manifest = WithUsers(("alice", s_alice, ["auditor"]));
        manifest = manifest with
        {
            Roles = manifest.Roles.Add("auditor", new RoleDefinition
            {
                ResourceType = ResourceTypes.Audit,
                ResourceNames = name is null ? [] : [name],
                Actions = [action],
            }),
        };

        Assert.Equal(error, ManifestSamples.Errors(manifest).FirstOrDefault());
    }

    [Fact]
    [Case("manifest", "Two users with one certificate are refused")]
    public void Validate_TwoUsersWithOneCertificate_IsRefused()
    {
        Manifest manifest = WithUsers(("alice", s_alice, ["owner"]), ("bob", s_alice, ["owner"]));

        Assert.Equal(["manifest contains the same certificate for users alice and bob"], ManifestSamples.Errors(manifest));
    }

    [Fact]
    [Case("manifest", "Two users with one certificate are refused")]
    public void Validate_OneCertificateInTwoTexts_IsRefused()
    {
        Manifest manifest = WithUsers(
            ("alice", s_alice, ["owner"]), ("bob", "bob\n" + s_alice.Replace("\n", "\r\n", StringComparison.Ordinal), ["owner"]));

        Assert.Equal(["manifest contains the same certificate for users alice and bob"], ManifestSamples.Errors(manifest));
    }

    [Fact]
    public void Validate_UserWithSeveralFaults_NamesTheRoleBeforeTheCertificate()
    {
        Manifest manifest = WithUsers(("alice", s_alice, ["owner"]), ("bob", s_alice, ["ownr"]));

        Assert.Equal(
            [
                "manifest specifies role ownr for user bob, but role does not exist",
                "manifest contains the same certificate for users alice and bob",
            ],
            ManifestSamples.Errors(manifest));
    }

    [Fact]
    public void Validate_UnknownRole_IsRefused()
    {
        ManifestProblem problem = ManifestChecker.Check(WithUsers(("alice", s_alice, ["ownr"]))).Problems[0];

        Assert.Equal("manifest specifies role ownr for user alice, but role does not exist", problem.Message);
        Assert.Equal("Did you mean owner?", problem.Suggestion);
    }

    [Theory]
    [InlineData(2048, null)]
    [InlineData(512, "crypto/rsa: 512-bit keys are insecure (see https://go.dev/pkg/crypto/rsa#hdr-Minimum_key_size)")]
    [InlineData(1024, "crypto/rsa: 1024-bit keys are insecure (see https://go.dev/pkg/crypto/rsa#hdr-Minimum_key_size)")]
    public void Validate_RecoveryKey_MustBeAnRsaKeyOfSomeLength(int bits, string? error)
    {
        using var key = RSA.Create(bits);

        Assert.Equal(error, ManifestSamples.Errors(WithRecoveryKey(key.ExportSubjectPublicKeyInfoPem())).FirstOrDefault());
    }

    [Fact]
    [Trait("Security", "F1")]
    [Case("manifest", "One recovery key under two names, and private keys beside keys and certificates, are refused")]
    public void Validate_OneRecoveryKeyUnderTwoNames_IsRefusedWhateverTheText()
    {
        using var key = RSA.Create(2048);
        string pem = key.ExportSubjectPublicKeyInfoPem();
        string digits = Convert.ToBase64String(key.ExportSubjectPublicKeyInfo());

        foreach (string other in new[]
        {
            pem, pem.Replace("\n", "\r\n", StringComparison.Ordinal), "Key of Ben\n" + pem + "\nsee wiki",
            $"-----BEGIN PUBLIC KEY-----\n{digits}\n-----END PUBLIC KEY-----\n",
        })
        {
            Manifest manifest = WithRecoveryKey(pem);

            Assert.Equal(
                ["manifest contains the same recovery key for ben and key"],
                ManifestSamples.Errors(manifest with { RecoveryKeys = manifest.RecoveryKeys.Add("ben", other) }));
        }
    }

    [Fact]
    [Trait("Security", "F1")]
    public void Validate_OneRecoveryKeyWithTwoHeaders_IsRefused()
    {
        using var key = RSA.Create(2048);
        Manifest manifest = WithRecoveryKey(key.ExportSubjectPublicKeyInfoPem());

        // The parameters of the algorithm left out: not one byte of the text is in the same place.
        var writer = new AsnWriter(AsnEncodingRules.DER);
        using (writer.PushSequence())
        {
            using (writer.PushSequence())
            {
                writer.WriteObjectIdentifier("1.2.840.113549.1.1.1");
            }

            writer.WriteBitString(key.ExportRSAPublicKey());
        }

        string other = PemEncoding.WriteString("PUBLIC KEY", writer.Encode());
        string[] errors = [.. ManifestSamples.Errors(manifest with { RecoveryKeys = manifest.RecoveryKeys.Add("ben", other) })];

        string error = Assert.Single(errors);
        Assert.True(error is "manifest contains the same recovery key for ben and key" or "x509: malformed public key", error);
    }

    [Fact]
    public void Validate_TwoCertificatesWithOneKey_AreReportedAsOneHolder()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        Manifest manifest = WithUsers(("alice", NewCertificate("alice", key), ["owner"]), ("bob", NewCertificate("bob", key), ["owner"]));

        Assert.Empty(ManifestSamples.Errors(manifest));
        Assert.Equal(
            "users alice and bob have the same key in two certificates, so one holder can act for both",
            Assert.Single(ManifestSamples.Warnings(manifest)).Message);
    }

    [Fact]
    public void Validate_SecondBlockBehindACertificate_IsReported()
    {
        Manifest manifest = WithUsers(("alice", s_alice + "\nissuer\n" + s_bob, ["owner"]));

        Assert.Empty(ManifestSamples.Errors(manifest));
        Assert.Equal(
            "the certificate of user alice contains more than one PEM block; only the first one counts",
            Assert.Single(ManifestSamples.Warnings(manifest)).Message);
    }

    [Fact]
    public void Validate_RecoveryKeyOfOtherKind_IsRefused()
    {
        using var ecdsa = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var rsa = RSA.Create(2048);

        Assert.Equal(["unsupported type of public key"], ManifestSamples.Errors(WithRecoveryKey(ecdsa.ExportSubjectPublicKeyInfoPem())));
        Assert.Equal(["given PEM data is not a public key"], ManifestSamples.Errors(WithRecoveryKey(rsa.ExportRSAPublicKeyPem())));
        Assert.Equal(["given PEM data is not a public key"], ManifestSamples.Errors(WithRecoveryKey(s_alice)));
    }

    private static Manifest WithRecoveryKey(string pem)
    {
        Manifest manifest = ManifestSamples.Parse(ManifestSamples.Minimal);
        return manifest with { RecoveryKeys = manifest.RecoveryKeys.Add("key", pem) };
    }

    private static Manifest WithUsers(params (string Name, string Certificate, ImmutableArray<string> Roles)[] users)
    {
        Manifest manifest = ManifestSamples.Parse(ManifestSamples.Full);
        return manifest with
        {
            Users = manifest.Users.AddRange(
                users.Select(
                    user => KeyValuePair.Create(user.Name, new UserDefinition { Certificate = user.Certificate, Roles = user.Roles }))),
        };
    }

    private static string NewCertificate(string name)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        return NewCertificate(name, key);
    }

    private static string NewCertificate(string name, ECDsa key)
    {
        using X509Certificate2 certificate = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256)
            .CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
        return certificate.ExportCertificatePem();
    }
}
