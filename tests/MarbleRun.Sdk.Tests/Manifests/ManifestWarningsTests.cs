using MarbleRun.Manifests;
using MarbleRun.Manifests.Checks;
using MarbleRun.TestSupport;

namespace MarbleRun.Tests.Manifests;

public sealed class ManifestWarningsTests
{
    [Theory]
    [InlineData("Packages.web.UniqueId2", "1", "$.Packages.web.UniqueId2", "unknown member UniqueId2 is ignored")]
    [InlineData("Marbles.frontend.MaxActivation", "1", "$.Marbles.frontend.MaxActivation", "unknown member MaxActivation is ignored")]
    [InlineData("Clients", "{}", "$.Clients", "unknown member Clients is ignored")]
    [InlineData("Packages.spare", "{}", "$.Packages.spare", "package spare is not used by any Marble, and therefore not checked")]
    [InlineData(
        "Packages.store.UniqueID",
        "\"abcd\"",
        "$.Packages.store.UniqueID",
        "UniqueID does not consist of 64 hexadecimal digits, so no enclave ever matches")]
    [InlineData(
        "Packages.web.SignerID",
        "\"0x112233445566778899aabbccddeeff00112233445566778899aabbccddeeff\"",
        "$.Packages.web.SignerID",
        "SignerID does not consist of 64 hexadecimal digits, so no enclave ever matches")]
    [InlineData(
        "Packages.web.AcceptedTCBStatuses",
        "[\"OutofDate\"]",
        "$.Packages.web.AcceptedTCBStatuses[0]",
        "unknown TCB status OutofDate never matches")]
    [InlineData(
        "Marbles.frontend.Parameters.Env.MARBLE_PREDEFINED_ROOT_CA",
        "\"x\"",
        "$.Marbles.frontend.Parameters.Env.MARBLE_PREDEFINED_ROOT_CA",
        "environment variable MARBLE_PREDEFINED_ROOT_CA is reserved and may be overwritten by the Coordinator")]
    [InlineData(
        "Marbles.frontend.Parameters.Env.LD_PRELOAD",
        "\"x\"",
        "$.Marbles.frontend.Parameters.Env.LD_PRELOAD",
        "a Marble of .NET does not start with environment variable LD_PRELOAD, which controls which code runs or whom it trusts")]
    [InlineData(
        "Infrastructures",
        "{\"azure\":{}}",
        "$.Infrastructures.azure",
        "infrastructure azure has no requirements, so every machine matches it")]
    [InlineData(
        "Infrastructures",
        "{\"azure\":{\"CPUSVN\":[1,2]}}",
        "$.Infrastructures.azure.CPUSVN",
        "CPUSVN has 2 bytes, so no machine ever matches")]
    [InlineData(
        "Infrastructures",
        "{\"azure\":{\"RootCA\":[3,3,3]}}",
        "$.Infrastructures.azure.RootCA",
        "RootCA is neither a certificate in DER nor a SHA-256 hash, so no machine ever matches")]
    [InlineData(
        "TLS.private.Incoming", "[{\"Port\":\"http\"}]", "$.TLS.private.Incoming[0].Port", "port http is not a number from 1 to 65535")]
    [InlineData(
        "TLS.private.Incoming",
        "[{\"Port\":\"443\"}]",
        "$.Marbles.backend.TLS",
        "port 443 is incoming more than once; only the last entry counts")]
    [InlineData(
        "TLS.unused.Incoming",
        "[{\"Port\":\"443\",\"Cert\":\"session\",\"DisableClientAuth\":true}]",
        "$.TLS.unused.Incoming[0].Cert",
        "secret session is not a certificate, it has the type symmetric-key")]
    [InlineData("Secrets.disk.Cert", "{}", "$.Secrets.disk.Cert", "secret disk is not a certificate, Cert is ignored")]
    [InlineData(
        "Secrets.server.Cert.Subject.DNSNames", "[\"a\"]", "$.Secrets.server.Cert.Subject.DNSNames", "unknown member DNSNames is ignored")]
    [InlineData(
        "Secrets.server.Cert.Subject.dnsnames", "[\"a\"]", "$.Secrets.server.Cert.Subject.dnsnames", "unknown member dnsnames is ignored")]
    [InlineData(
        "Secrets.server.Cert.PolicyIdentifiers", "[[1,2]]", "$.Secrets.server.Cert.PolicyIdentifiers", "PolicyIdentifiers has no effect")]
    [InlineData("Secrets.server.Cert.SerialNumber", "1", "$.Secrets.server.Cert.SerialNumber", "SerialNumber has no effect")]
    [InlineData("Secrets.server.Public", "\"AA==\"", "$.Secrets.server", "secret server is generated, Private and Public are ignored")]
    [InlineData(
        "Packages.web.AcceptedTCBStatuses",
        "[\"Revoked\"]",
        "$.Packages.web.AcceptedTCBStatuses[0]",
        "TCB status Revoked is always refused, regardless of the list")]
    [InlineData(
        "Packages.web.AcceptedAdvisories",
        "[\"intel-sa-00615\",\"SA-1\"]",
        "$.Packages.web.AcceptedAdvisories[1]",
        "SA-1 is not an Intel advisory, so it never matches")]
    [InlineData(
        "TLS.private.Incoming", "[{\"Port\":\"1\",\"Addr\":\"a\"}]", "$.TLS.private.Incoming[0]", "TLS.Incoming.private ignores Addr")]
    [InlineData(
        "TLS.private.Outgoing",
        "[{\"Port\":\"1\",\"Addr\":\"a\",\"DisableClientAuth\":true}]",
        "$.TLS.private.Outgoing[0]",
        "TLS.Outgoing.private ignores Cert and DisableClientAuth")]
    [InlineData("Roles.updater.Actions", "[]", "$.Roles.updater", "role updater allows nothing")]
    [InlineData(
        "Marbles.frontend.Parameters.Argv",
        "[\"a\\u0000\"]",
        "$.Marbles.frontend.Parameters.Argv[0]",
        "the argument contains a zero byte, at which programs stop reading")]
    [InlineData(
        "Marbles.frontend.Parameters.Env.A=B",
        "\"x\"",
        "$.Marbles.frontend.Parameters.Env['A=B']",
        "the name of an environment variable is empty, or contains an equals sign or a zero byte")]
    [InlineData(
        "Marbles.frontend.Parameters.Files", "{\"\":\"\"}", "$.Marbles.frontend.Parameters.Files['']", "the path of a file is empty")]
    [InlineData(
        "Marbles.frontend.Parameters.Files",
        "{\"a/\":\"\"}",
        "$.Marbles.frontend.Parameters.Files['a/']",
        "the path is that of a folder, not of a file")]
    [InlineData(
        "Marbles.frontend.Parameters.Files",
        "{\"/a/..\":\"\"}",
        "$.Marbles.frontend.Parameters.Files['/a/..']",
        "the path is that of a folder, not of a file")]
    [InlineData(
        "Marbles.frontend.Parameters.Files",
        "{\"c\":\"\",\"c/d/e\":\"\"}",
        "$.Marbles.frontend.Parameters.Files['c/d/e']",
        "c cannot be a file and the folder of this file")]
    [InlineData(
        "Packages.store.UniqueID",
        "\"0000000000000000000000000000000000000000000000000000000000000000\"",
        "$.Packages.store.UniqueID",
        "UniqueID is a placeholder, not a hash, so no enclave ever matches")]
    [InlineData(
        "Secrets.token.Private",
        "\"AAAA\"",
        "$.Secrets.token.Private",
        "the value of secret token is in the manifest, where anyone can read it")]
    [InlineData(
        "Marbles.backend",
        "{\"Package\":\"store\"}",
        "$.Marbles",
        "Marble backend gets a certificate for any name, so a client that does not require a Marble type accepts it as any other")]
    public void Validate_ProbableMistake_WarnsAndAccepts(string place, string value, string path, string message)
    {
        Manifest manifest = ManifestChecksTests.Changed(place, value);

        Assert.Empty(ManifestSamples.Errors(manifest));
        ManifestProblem warning = Assert.Single(ManifestSamples.Warnings(manifest));
        Assert.Equal((path, message), (warning.Path, warning.Message));
        Assert.True(warning.Line > 0);
        Assert.NotNull(warning.Suggestion);
    }

    [Theory]
    [InlineData("""{"Debug":true}""", 3)]
    [InlineData("""{"Debug":true,"SecurityVersion":1,"ProductID":1}""", 1)]
    [InlineData("""{"Debug":true,"UniqueID":"00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"}""", 0)]
    [InlineData("""{"Debug":true,"ProductID":0,"UniqueID":"00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"}""", 1)]
    [Case("client-api", "The same in a debug package")]
    [Case("client-api", "UniqueID together with others in a debug package")]
    [Case("manifest", "A debug package without a signer is taken with a warning")]
    public void Validate_OpenDebugPackage_WarnsOfWhatProductionNeeds(string package, int warnings)
    {
        Manifest manifest = ManifestChecksTests.Changed("Packages.web", package);

        Assert.Empty(ManifestSamples.Errors(manifest));
        ManifestProblem[] found = [.. ManifestSamples.Warnings(manifest)];
        Assert.Equal(warnings, found.Length);
        Assert.All(found, problem => Assert.EndsWith(
            "This is not accepted in non-debug mode, please check your configuration.", problem.Message, StringComparison.Ordinal));
    }

    [Fact]
    public void Validate_NameOfTheSchema_IsNoUnknownMember()
    {
        Assert.Empty(
            ManifestChecker.Check(ManifestChecksTests.Changed("$schema", "\"https://example.com/manifest.schema.json\"")).Problems);
    }

    [Fact]
    public void Validate_MisspeltMember_ProposesTheKnownOne()
    {
        Manifest member = ManifestChecksTests.Changed("Marbles.frontend.MaxActivation", "1");
        Manifest status = ManifestChecksTests.Changed("Packages.web.AcceptedTCBStatuses", "[\"OutofDate\"]");

        Assert.Equal("Did you mean MaxActivations?", Assert.Single(ManifestSamples.Warnings(member)).Suggestion);
        Assert.Equal(
            "Write DNSNames beside Subject, as a member of Cert.",
            Assert.Single(ManifestSamples.Warnings(ManifestChecksTests.Changed("Secrets.server.Cert.Subject.DNSNames", "[]"))).Suggestion);
        Assert.Equal("Did you mean OutOfDate?", Assert.Single(ManifestSamples.Warnings(status)).Suggestion);
    }
}
