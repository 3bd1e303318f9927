using System.Text;
using System.Text.Json.Nodes;
using MarbleRun.Manifests;
using MarbleRun.Manifests.Checks;
using MarbleRun.Manifests.Reading;
using MarbleRun.TestSupport;

namespace MarbleRun.Tests.Manifests;

/// <summary>Every check of a manifest, by the smallest change that makes a good one fail.</summary>
public sealed class ManifestChecksTests
{
    [Theory]
    [InlineData("Packages", "{}", "no allowed packages defined")]
    [InlineData("Marbles", "{}", "no allowed marbles defined")]
    [InlineData("Marbles.frontend.Package", "\"wep\"", "manifest does not contain marble package wep")]
    [InlineData(
        "Packages.web.UniqueID", "\"aa\"", "manifest specifies both UniqueID *and* SignerID/ProductID/SecurityVersion in package web")]
    [InlineData(
        "Packages.store.SecurityVersion",
        "0",
        "manifest specifies both UniqueID *and* SignerID/ProductID/SecurityVersion in package store")]
    [InlineData("Packages.web.SignerID", "\"\"", "manifest misses value for SignerID in package web")]
    [InlineData("Packages.web.ProductID", "null", "manifest misses value for ProductID in package web")]
    [InlineData("Packages.web.SecurityVersion", "null", "manifest misses value for SecurityVersion in package web")]
    [InlineData("Marbles.frontend.TLS", "[\"publik\"]", "manifest misses TLS entry for publik")]
    [InlineData(
        "Marbles.frontend.AllowedDNSNames",
        "[\"web.example\",\"*\"]",
        "AllowedDNSNames of Marble frontend contains *, which is not a DNS name, pattern or address")]
    [InlineData(
        "Marbles.frontend.AllowedDNSNames",
        "[\"w*.example\"]",
        "AllowedDNSNames of Marble frontend contains w*.example, which is not a DNS name, pattern or address")]
    [InlineData(
        "Marbles.frontend.AllowedDNSNames",
        "[\"\"]",
        "AllowedDNSNames of Marble frontend contains , which is not a DNS name, pattern or address")]
    [InlineData("TLS.public.Incoming", "[{}]", "manifest misses Port in TLS.Incoming.public")]
    [InlineData(
        "TLS.public.Incoming",
        "[{\"Port\":\"1\",\"Cert\":\"x\",\"DisableClientAuth\":true}]",
        "TLS.Incoming.public references undefined secret x")]
    [InlineData(
        "TLS.public.Incoming",
        "[{\"Port\":\"1\",\"Cert\":\"server\"}]",
        "TLS.Incoming.public defines Cert but does not disable client authentication")]
    [InlineData(
        "TLS.public.Incoming", "[{\"Port\":\"1\",\"DisableClientAuth\":true}]", "TLS.Incoming.public disables client authentication")]
    [InlineData("TLS.private.Outgoing", "[{\"Port\":\"1\"}]", "manifest misses Addr in TLS.Outgoing.private")]
    [InlineData("TLS.private.Outgoing", "[{\"Addr\":\"a\"}]", "manifest misses Port in TLS.Outgoing.private")]
    [InlineData("Users", "{\"alice\":{}}", "manifest does not contain a certificate for user alice")]
    [InlineData("Roles.updater.ResourceNames", "[\"nope\"]", "role updater: resource nope of type Packages is not defined in manifest")]
    [InlineData("Roles.updater.Actions", "[\"ReadSecret\"]", "unknown action: ReadSecret for type Packages in role: updater")]
    [InlineData("Roles.writer.Actions", "[\"UpdateManifest\"]", "unknown action: UpdateManifest for type Secrets in role: writer")]
    [InlineData("Roles.writer.ResourceNames", "[\"nope\"]", "role writer: resource nope of type Secrets is not defined in manifest")]
    [InlineData(
        "Roles.writer.ResourceNames",
        "[\"session\"]",
        "manifest specifies write permission for role writer and secret session, but secret is not user-defined")]
    [InlineData(
        "Roles.writer",
        "{\"ResourceType\":\"Secrets\",\"ResourceNames\":[\"disk\"],\"Actions\":[\"readsecret\"]}",
        "manifest specifies read permission for role writer and per-marble-unique secret disk")]
    [InlineData("Roles.owner.ResourceNames", "[\"x\"]", "role owner: resource names are not allowed for type Manifest")]
    [InlineData("Roles.owner.Actions", "[\"WriteSecret\"]", "unknown action: WriteSecret for type Manifest in role: owner")]
    [InlineData(
        "Roles.owner",
        "{\"ResourceType\":\"manifest\",\"ResourceNames\":[\"a\",\"b\"],\"Actions\":[\"x\"]}",
        "unrecognized resource type: {manifest [a b] [x]} for role: owner")]
    [InlineData(
        "Secrets.ca.ValidFor", "1", "ambiguous certificate validity duration for secret: ca, both NotAfter and ValidFor are specified")]
    [InlineData("Secrets.disk.Type", "\"Symmetric-Key\"", "unknown type: Symmetric-Key for secret: disk")]
    [InlineData("Config.UpdateThreshold", "1", "not enough users with manifest update permissions (0) to meet the threshold of 1")]
    [InlineData("Config.RevocationThreshold", "1", "not enough users with permission to revoke Marbles (0) to meet the threshold of 1")]
    [InlineData(
        "Roles.guard",
        "{\"ResourceType\":\"Marbles\",\"ResourceNames\":[\"nope\"],\"Actions\":[\"RevokeMarble\"]}",
        "role guard: resource nope of type Marbles is not defined in manifest")]
    [InlineData(
        "Roles.guard",
        "{\"ResourceType\":\"Marbles\",\"ResourceNames\":[\"frontend\"],\"Actions\":[\"ReadSecret\"]}",
        "unknown action: ReadSecret for type Marbles in role: guard")]
    [InlineData("Roles.owner.Actions", "[\"RevokeMarble\"]", "unknown action: RevokeMarble for type Manifest in role: owner")]
    [InlineData("Marbles.frontend.PreviousPackage", "\"nope\"", "manifest does not contain previous package nope")]
    [InlineData("Config.TrustOverlap", "\"2 hours\"", "invalid trust overlap: 2 hours")]
    [InlineData("Config.TrustOverlap", "\"30m1h\"", "invalid trust overlap: 30m1h")]
    [InlineData("Config.TrustOverlap", "\"169h\"", "invalid trust overlap: 169h")]
    [InlineData("Config.TrustOverlap", "\"9999999h\"", "invalid trust overlap: 9999999h")]
    [InlineData("Config.TrustOverlap", "\"-1h\"", "invalid trust overlap: -1h")]
    [InlineData("Config.TrustDomain", "\"Shop.example\"", "invalid trust domain: Shop.example")]
    [InlineData("Config.TrustDomain", "\"shop.example/x\"", "invalid trust domain: shop.example/x")]
    [InlineData("Config.SealMode", "\"productkey\"", "unknown seal mode: productkey")]
    [InlineData("Config.FeatureGates", "[\"Nope\"]", "unknown feature gate: Nope")]
    [InlineData(
        "Packages.web.SecurityVersion",
        "65536",
        "SecurityVersion 65536 of package web is above 65535: an SGX report has 16 bits for it, so no enclave will ever match")]
    [InlineData(
        "Packages.web.ProductID",
        "70000",
        "ProductID 70000 of package web is above 65535: an SGX report has 16 bits for it, so no enclave will ever match")]
    [InlineData(
        "Packages.spare",
        "{\"SecurityVersion\":18446744073709551615}",
        "SecurityVersion 18446744073709551615 of package spare is above 65535: an SGX report has 16 bits for it, so no enclave will ever "
        + "match")]
    [InlineData("Config.RecoveryThreshold", "2", "not enough recovery keys (0) defined to meet the recovery threshold of 2")]
    [Case("client-api", "A package without SignerID")]
    [Case("client-api", "A package without ProductID")]
    [Case("client-api", "A package without SecurityVersion")]
    [Case("client-api", "UniqueID together with others")]
    [Case("client-api", "Another seal mode")]
    [Case("client-api", "Unknown name of a feature: the manifest is refused")]
    [Case("manifest", "The update threshold needs as many updaters")]
    [Case("manifest", "Numbers of packages that no report holds are refused")]
    [Case("manifest", "A Marble whose package is missing")]
    [Case("manifest", "UniqueID together with SignerID, or neither")]
    [Case("manifest", "A user without a certificate")]
    [Case("manifest", "Sizes that are missing or wrong, and an unknown type")]
    public void Validate_OneFault_IsTheFirstErrorInTheWordsOfTheWire(string place, string value, string message)
    {
        ManifestProblem problem = ManifestChecker.Check(Changed(place, value)).Problems[0];

        Assert.Equal((ManifestSeverity.Error, ManifestStage.Consistency, message), (problem.Severity, problem.Stage, problem.Message));
        Assert.StartsWith("$." + place.Split('.')[0], problem.Path, StringComparison.Ordinal);
        Assert.True(problem.Line > 0 || value == "{}");
        Assert.NotNull(problem.Suggestion);
    }

    [Theory]
    [InlineData("Secrets.session.Size", "0", ManifestStage.SharedSecrets, "invalid secret size: session")]
    [InlineData("Secrets.session.Size", "7", ManifestStage.SharedSecrets, "invalid secret size: session")]
    [InlineData("Secrets.disk.Size", "65288", ManifestStage.PrivateSecrets, "hkdf: requested key length too large")]
    [InlineData(
        "Secrets.signer.Size",
        "384",
        ManifestStage.PrivateSecrets,
        "invalid secret size for cert-ed25519 secret signer: none is expected, got: 384")]
    [InlineData(
        "Secrets.server.Size",
        "512",
        ManifestStage.PrivateSecrets,
        "invalid secret size for cert-ecdsa secret server: unsupported size 512: does not map to a supported curve")]
    [InlineData(
        "Secrets.extra", "{\"Type\":\"plain\"}", ManifestStage.PrivateSecrets, "secret extra is invalid: unsupported secret of type plain")]
    [InlineData(
        "Secrets.ca.Size",
        "1016",
        ManifestStage.SharedSecrets,
        "crypto/rsa: 1016-bit keys are insecure (see https://go.dev/pkg/crypto/rsa#hdr-Minimum_key_size)")]
    [InlineData(
        "Secrets.ca.Size",
        "2049",
        ManifestStage.SharedSecrets,
        "invalid secret size for cert-rsa secret ca: 2049 is not a multiple of 8 up to 8192")]
    [InlineData(
        "Secrets.ca.Size",
        "18446744073709551615",
        ManifestStage.SharedSecrets,
        "invalid secret size for cert-rsa secret ca: 18446744073709551615 is not a multiple of 8 up to 8192")]
    [InlineData(
        "Secrets.server.ValidFor",
        "18446744073709551615",
        ManifestStage.PrivateSecrets,
        "invalid certificate validity duration for secret: server, 18446744073709551615 days end after the year 9999")]
    [InlineData(
        "Secrets.server.Cert",
        "{\"DNSNames\":[\"a\",\"\u00e4\"]}",
        ManifestStage.PrivateSecrets,
        "x509: \"\u00e4\" cannot be encoded as an IA5String")]
    [InlineData(
        "Secrets.server.Cert", "{\"MaxPathLen\":1}", ManifestStage.PrivateSecrets, "x509: only CAs are allowed to specify MaxPathLen")]
    [InlineData(
        "Secrets.server.Cert",
        "{\"SignatureAlgorithm\":4}",
        ManifestStage.PrivateSecrets,
        "x509: requested SignatureAlgorithm does not match private key type")]
    [InlineData("Secrets.server.Cert", "{\"ExtKeyUsage\":[1,14]}", ManifestStage.PrivateSecrets, "x509: unknown extended key usage")]
    [InlineData("RecoveryKeys", "{\"k\":\"x\"}", ManifestStage.RecoveryKeys, "given PEM data is not a public key")]
    [InlineData("Users", "{\"bob\":{\"Certificate\":\"x\"}}", ManifestStage.Users, "received invalid certificate for user bob")]
    [InlineData(
        "Users",
        "{\"bob\":{\"Certificate\":\"-----BEGIN CERTIFICATE-----\\nAAAA\\n-----END CERTIFICATE-----\"}}",
        ManifestStage.Users,
        "x509: malformed certificate")]
    [InlineData(
        "Marbles.frontend.Parameters.Env.MODE",
        "{\"Encoding\":\"base64\",\"Data\":\"AE1hcmJsZQBSdW4A\",\"NoTemplates\":true}",
        ManifestStage.Template,
        "in Marble frontend: env variable: MODE: content contains null bytes")]
    [Case("manifest", "Dry run: zero bytes in an environment variable")]
    [Case("manifest", "Sizes that are missing or wrong, and an unknown type")]
    [Case("marble-api", "Wrong sizes and unknown types are refused")]
    public void Validate_FaultOfALaterStage_SaysWhichStage(string place, string value, ManifestStage stage, string message)
    {
        ManifestProblem problem = ManifestChecker.Check(Changed(place, value)).Problems[0];

        Assert.Equal((stage, message), (problem.Stage, problem.Message));
    }

    [Theory]
    [InlineData("Secrets.session.Size", "65288")]
    [InlineData("Secrets.disk.Size", "65280")]
    [InlineData("Secrets.ca.Size", "8192")]
    [InlineData("Secrets.server.Size", "224")]
    [InlineData("Secrets.server.Size", "521")]
    [InlineData("Secrets.server.Cert", "{\"NotAfter\":\"0001-01-01T00:00:00Z\"}")]
    [InlineData("Secrets.server.Cert", "{\"ExtKeyUsage\":[0,13],\"SignatureAlgorithm\":12,\"MaxPathLen\":-1}")]
    [InlineData("Secrets.token", "{\"Type\":\"symmetric-key\",\"Size\":3,\"UserDefined\":true}")]
    [InlineData("Packages.web", "{\"Debug\":true}")]
    [InlineData("Packages.unused", "{}")]
    [InlineData("Roles.writer", "{\"ResourceType\":\"Secrets\",\"ResourceNames\":[\"session\",\"token\"],\"Actions\":[\"READSECRET\"]}")]
    [InlineData("Config.SealMode", "\"\"")]
    public void Validate_UnusualButAllowed_HasNoError(string place, string value)
    {
        Assert.Empty(ManifestSamples.Errors(Changed(place, value)));
    }

    [Fact]
    public void Validate_FaultsOfSeveralStages_AreOrderedByStageThenBySectionThenByText()
    {
        Manifest manifest = ManifestSamples.Parse(
            """
            {
              "Secrets": { "z": { "Type": "symmetric-key", "Size": 1 }, "a": { "Type": "crap" } },
              "Packages": { "p": { "Debug": true } },
              "Marbles": { "zebra": { "Package": "x" }, "ant": { "Package": "y" } }
            }
            """);

        ManifestProblem[] errors = [.. ManifestChecker.Check(manifest).Problems.Where(p => p.Severity == ManifestSeverity.Error)];

        Assert.Equal(
            [
                "manifest does not contain marble package x",
                "manifest does not contain marble package y",
                "unknown type: crap for secret: a",
                "invalid secret size: z",
            ],
            errors.Select(p => p.Message));
        Assert.Equal([4, 4, 2, 2], errors.Select(p => p.Line ?? 0));
    }

    [Fact]
    public void Validate_RecoveryThresholdOfOne_NeedsAKeyToBeTheComplaint()
    {
        string[] without = [.. ManifestSamples.Errors(Changed("Config.RecoveryThreshold", "1"))];

        Assert.Equal("not enough recovery keys (0) defined to meet the recovery threshold of 1", without[0]);
        Assert.Equal("invalid recovery threshold: if set, threshold must be at least 2", without[1]);
    }

    [Fact]
    public void Validate_UnknownNames_ProposeTheNearest()
    {
        Assert.Equal("Did you mean web?", ManifestChecker.Check(Changed("Marbles.frontend.Package", "\"wep\"")).Problems[0].Suggestion);
        Assert.Equal(
            "Did you mean ProductKey?", ManifestChecker.Check(Changed("Config.SealMode", "\"productkey\"")).Problems[0].Suggestion);
        Assert.Equal("Did you mean public?", ManifestChecker.Check(Changed("Marbles.frontend.TLS", "[\"publik\"]")).Problems[0].Suggestion);
    }

    [Fact]
    public void Validate_FaultsInsideLists_SayWhichItemAndWhere()
    {
        Manifest manifest = ManifestSamples.Parse(
            """
            {
              "Packages": { "p": { "Debug": true, "AcceptedTCBStatuses": ["UpToDate", "Outdated"] } },
              "Marbles": { "m": { "Package": "p", "TLS": [
                "tag"
              ] } },
              "Roles": { "r": { "ResourceType": "Packages", "ResourceNames": ["p", "q"], "Actions": ["UpdateSecurityVersion", "x"] } },
              "Config": { "FeatureGates": ["MonotonicCounter", "MonotonicCounters"] }
            }
            """);

        ManifestProblem[] problems = [.. ManifestChecker.Check(manifest).Problems];

        Assert.Equal(
            [
                ("$.Marbles.m.TLS[0]", 4, 5),
                ("$.Roles.r.ResourceNames[1]", 6, 72),
                ("$.Roles.r.Actions[1]", 6, 115),
                ("$.Config.FeatureGates[1]", 7, 52),
                ("$.Packages.p.SignerID", 2, 22),
                ("$.Packages.p.ProductID", 2, 22),
                ("$.Packages.p.SecurityVersion", 2, 22),
                ("$.Packages.p.AcceptedTCBStatuses[1]", 2, 75),
            ],
            problems.Select(p => (p.Path, p.Line ?? 0, p.Column ?? 0)));
        Assert.Equal("Did you mean MonotonicCounter?", problems[3].Suggestion);
    }

    [Fact]
    [Trait("Security", "E9")]
    public void Validate_PemMadeToBeSlow_IsNotSearched()
    {
        string pem = string.Concat(Enumerable.Repeat("-----BEGIN A-----\\n", 100_000));

        Assert.Equal(
            "received invalid certificate for user u",
            ManifestChecker.Check(Changed("Users", "{\"u\":{\"Certificate\":\"" + pem + "\"}}")).Problems[0].Message);
        Assert.Equal(
            "given PEM data is not a public key",
            ManifestChecker.Check(Changed("RecoveryKeys", "{\"k\":\"" + pem + "\"}")).Problems[0].Message);
    }

    [Fact]
    [Trait("Security", "E9")]
    public void Validate_ManifestMadeToBeSlow_IsBounded()
    {
        string packages = string.Join(',', Enumerable.Range(0, 20_000).Select(i => $"\"{new string('p', 50)}{i}\":{{\"UniqueID\":\"x\"}}"));
        string marbles = string.Join(',', Enumerable.Range(0, 20_000).Select(
            i => $"\"m{i}\":{{\"Package\":\"{new string('q', 50)}{i}\",\"{new string('u', 60)}\":0,\"TLS\":[\"t\"]}}"));
        string ports = string.Join(',', Enumerable.Range(0, 20_000).Select(i => $"{{\"Port\":\"{i}\"}}"));

        Manifest manifest = ManifestSamples.Parse(
            "{\"Packages\":{"
            + packages
            + "},\"Marbles\":{"
            + marbles
            + "},\"TLS\":{\"t\":{\"Incoming\":["
            + ports
            + "]}},\"Roles\":{\"r\":{\"ResourceType\":\"Packages\"}}}");
        ManifestProblem[] problems = [.. ManifestChecker.Check(manifest).Problems];

        Assert.Equal(200, problems.Count(problem => problem.Severity == ManifestSeverity.Error));
        Assert.Equal(1200, problems.Count(problem => problem.Severity == ManifestSeverity.Warning));
    }

    /// <summary>The full manifest with the value at a place replaced or added.</summary>
    internal static Manifest Changed(string place, string value) => ManifestParser.Parse(Encoding.UTF8.GetBytes(ChangedText(place, value)));

    /// <summary>The text of the full sample with one value in another's place.</summary>
    internal static string ChangedText(string place, string value)
    {
        JsonNode root = JsonNode.Parse(ManifestSamples.Full) ?? throw new InvalidOperationException("The sample is not JSON.");
        string[] names = place.Split('.');
        JsonNode node = root;
        foreach (string name in names[..^1])
        {
            node = node[name] ??= new JsonObject();
        }

        node[names[^1]] = JsonNode.Parse(value);
        return root.ToJsonString();
    }
}
