using System.Net;
using System.Security.Cryptography.X509Certificates;
using Grpc.Core;
using MarbleRun.TestSupport;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;

namespace MarbleRun.Coordinator.Tests.Manifests;

/// <summary>What updates of packages change, and what they leave.</summary>
public sealed class PackageUpdateTests
{
    private const string Uuid = "0a0b0c0d-0001-4203-8405-060708090a0b";

    [Fact]
    [Trait("Security", "E3")]
    [Case("client-api", "Package update to a higher version")]
    [Case("client-api", "Package update to a version between the first and the one in force")]
    [Case("client-api", "A Marble of an older version is not admitted any more")]
    [Case("marble-api", "A raised SecurityVersion refuses a Marble that was admitted before")]
    [Case("updates-and-users", "An equal SecurityVersion is a whole update")]
    [Case("updates-and-users", "A downgrade is measured against the raised value")]
    public async Task Start_RaisedVersion_IsEnforcedAtActivationAndCannotBeLowered()
    {
        await using GovernedMesh mesh = await GovernedMesh.StartAsync();
        int measured = mesh.Host.Platform.MeasureRunningProcess().SecurityVersion;
        await mesh.ActivateAsync("signed");
        await mesh.ActivateAsync();

        Assert.Equal(
            "200 application/json {\"status\":\"success\",\"data\":{\"missingAcknowledgments\":0,\"missingUsers\":null}}\n",
            (await RaiseAsync(mesh, "signed", measured)).Text);
        await mesh.ActivateAsync("signed");
        Assert.Equal(
            "200 application/json {\"status\":\"success\",\"data\":null}\n",
            (await mesh.SendAsync(mesh.Paul, "/update", Update("signed", measured + 2))).Text);
        RpcException refused = await Assert.ThrowsAsync<RpcException>(() => mesh.ActivateAsync("signed"));
        const string Downgrade = "checking update manifest: update manifest tries to downgrade SecurityVersion of the original manifest";
        (await RaiseAsync(mesh, "signed", measured + 1)).AssertError(HttpStatusCode.InternalServerError, Downgrade);
        await mesh.RestartAsync();
        (await RaiseAsync(mesh, "signed", measured)).AssertError(HttpStatusCode.InternalServerError, Downgrade);

        Assert.Equal(StatusCode.PermissionDenied, refused.StatusCode);
        Assert.Contains("security_version", refused.Status.Detail, StringComparison.Ordinal);
        await Assert.ThrowsAsync<RpcException>(() => mesh.ActivateAsync("signed"));
        await mesh.ActivateAsync();
    }

    [Fact]
    [Case("client-api", "Package that had no version gets one")]
    public async Task Start_PackageOfAUniqueIdAlone_GetsAVersionThatIsEnforcedToo()
    {
        await using GovernedMesh mesh = await GovernedMesh.StartAsync();

        (await RaiseAsync(mesh, "app", 60_000)).Require();

        await Assert.ThrowsAsync<RpcException>(() => mesh.ActivateAsync());
        await mesh.ActivateAsync("signed");
    }

    [Fact]
    public async Task Start_MembersThatAnUpdateDoesNotKnow_AreIgnored()
    {
        await using GovernedMesh mesh = await GovernedMesh.StartAsync();

        Answer answer = await mesh.StartUpdateAsync(
            mesh.Paul,
            """{"packages":{"signed":{"securityversion":0,"SECURITYVERSION":1,"AcceptedTCBStatuses":["OutOfDate"],"AcceptedAdvisories":["x"],"Else":1}},"Config":{"UpdateThreshold":1,"FeatureGates":[]}}""");

        answer.Require();
        Assert.True(mesh.State.FindPackage("signed")!.AcceptedTcbStatuses.IsDefaultOrEmpty);
        Assert.Equal(0UL, mesh.State.Manifest!.Manifest.Config.UpdateThreshold);
    }

    [Fact]
    [Trait("Security", "E5")]
    [Case("updates-and-users", "The end of a shared certificate after a package update")]
    [Case("updates-and-users", "The root certificate stays in both kinds of update")]
    [Case("updates-and-users", "The intermediate is new after both kinds of update")]
    [Case("updates-and-users", "A package update leaves the manifest and its signature")]
    public async Task Start_Effects_AreANewIntermediateAndCertificatesAndNothingElse()
    {
        await using GovernedMesh mesh = await GovernedMesh.StartAsync(settings: ("DnsNames", "localhost,mesh.example,192.0.2.7"));
        (await mesh.UploadAsync("upload", [.. Enumerable.Repeat((byte)7, 16)])).Require();
        Answer manifest = await mesh.SendAsync(null, "/api/v2/manifest");
        Dictionary<string, string> before = await mesh.ActivateAsync(uuid: Uuid);
        (X509Certificate2 intermediate, X509Certificate2 root) = await mesh.CertificatesAsync();

        (await RaiseAsync(mesh, "app", 0)).Require();
        Dictionary<string, string> after = await mesh.ActivateAsync(uuid: Uuid);
        (X509Certificate2 newIntermediate, X509Certificate2 sameRoot) = await mesh.CertificatesAsync();

        Assert.Equal(manifest.Text, (await mesh.SendAsync(null, "/api/v2/manifest")).Text);
        Assert.Equal(root.RawData, sameRoot.RawData);
        Assert.NotEqual(intermediate.GetPublicKey(), newIntermediate.GetPublicKey());
        Assert.NotEqual(before["MARBLE_PREDEFINED_ROOT_CA"], after["MARBLE_PREDEFINED_ROOT_CA"]);
        Assert.Equal(before["MARBLE_PREDEFINED_COORDINATOR_ROOT_CA"], after["MARBLE_PREDEFINED_COORDINATOR_ROOT_CA"]);
        foreach (string kept in (string[])["SHARED", "SHARED_BEFORE", "PRIVATE", "PRIVATE_BEFORE", "CERT_BEFORE", "LOOSE_BEFORE"])
        {
            Assert.Equal(before[kept], after[kept]);
        }

        Assert.Equal("07070707070707070707070707070707", (await mesh.ActivateAsync("uploaded"))["UPLOAD"]);
        foreach (string issued in (string[])["CERT", "LOOSE"])
        {
            using X509Certificate2 old = X509Certificate2.CreateFromPem(before[issued]);
            using X509Certificate2 next = X509Certificate2.CreateFromPem(after[issued]);
            Assert.Equal(old.NotAfter, next.NotAfter);
            Assert.NotEqual(old.GetPublicKey(), next.GetPublicKey());
            Assert.NotEqual(old.SerialNumber, next.SerialNumber);
            Assert.Equal(old.Subject, next.Subject);
        }

        // Addresses that the Coordinator was given stay in both certificates.
        using X509Certificate2 marbleRoot = X509Certificate2.CreateFromPem(after["MARBLE_PREDEFINED_ROOT_CA"]);
        Assert.All((X509Certificate2[])[newIntermediate, marbleRoot], c =>
        {
            X509SubjectAlternativeNameExtension names = c.Extensions.OfType<X509SubjectAlternativeNameExtension>().Single();
            Assert.Contains("192.0.2.7", names.EnumerateIPAddresses().Select(a => a.ToString()));
            Assert.Contains("mesh.example", names.EnumerateDnsNames());
        });
        await mesh.RestartAsync();
        Assert.Equal(after["CERT"], (await mesh.ActivateAsync(uuid: Uuid))["CERT"]);
    }

    [Fact]
    [Trait("Security", "C1")]
    public async Task Start_NewCertificates_AreOfTheNewIntermediateForOpenSsl()
    {
        await using GovernedMesh mesh = await GovernedMesh.StartAsync();
        using var files = new TemporaryDirectory();
        Dictionary<string, string> before = await mesh.ActivateAsync();
        (await RaiseAsync(mesh, "app", 1)).Require();
        Dictionary<string, string> after = await mesh.ActivateAsync();
        (X509Certificate2 intermediate, X509Certificate2 root) = await mesh.CertificatesAsync();
        await File.WriteAllTextAsync(files.File("root.pem"), root.ExportCertificatePem(), TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(
            files.File("intermediate.pem"), intermediate.ExportCertificatePem(), TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(
            files.File("marble-root.pem"), after["MARBLE_PREDEFINED_ROOT_CA"], TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(files.File("cert.pem"), after["CERT"], TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(files.File("old.pem"), before["CERT"], TestContext.Current.CancellationToken);

        await OpenSsl.RunAsync(
            "verify", "-CAfile", files.File("root.pem"), "-untrusted", files.File("intermediate.pem"), files.File("cert.pem"));
        await OpenSsl.RunAsync("verify", "-CAfile", files.File("marble-root.pem"), files.File("cert.pem"));
        (int exitCode, string output) = (await ExternalTool.TryRunAsync(
            "openssl",
            ["verify", "-CAfile", files.File("marble-root.pem"), files.File("old.pem")],
            TestContext.Current.CancellationToken))!.Value;

        Assert.True(exitCode != 0, output);
    }

    [Fact]
    [Case("updates-and-users", "The end of a shared certificate after a package update")]
    public async Task Start_SharedCertificateThatHasEnded_IsNoObstacle()
    {
        var clock = new FakeTimeProvider(DateTimeOffset.UtcNow);
        await using GovernedMesh mesh = await GovernedMesh.StartAsync(configure: s => s.AddSingleton<TimeProvider>(clock));
        clock.Advance(TimeSpan.FromDays(8));

        (await RaiseAsync(mesh, "app", 0)).Require();

        using X509Certificate2 certificate = X509Certificate2.CreateFromPem((await mesh.ActivateAsync())["CERT"]);
        Assert.InRange(certificate.NotAfter.ToUniversalTime() - clock.GetUtcNow().UtcDateTime, TimeSpan.FromDays(6), TimeSpan.FromDays(8));
    }

    [Fact]
    [Case("updates-and-users", "A package update while one is pending")]
    [Case("updates-and-users", "Secrets and activations while one is pending")]
    public async Task Start_ThresholdAndPendingUpdate_DoNotMatterAndForbid()
    {
        await using GovernedMesh mesh = await GovernedMesh.StartAsync(m => m["Config"]!["UpdateThreshold"] = 3);
        (await RaiseAsync(mesh, "app", 1)).Require();

        (await mesh.StartUpdateAsync(mesh.Anna, mesh.Manifest())).Require();
        const string Pending = "update already in progress. Acknowledge the update to apply it, or cancel it to start a new one";
        (await RaiseAsync(mesh, "app", 2)).AssertError(HttpStatusCode.InternalServerError, Pending);
        (await mesh.SendAsync(mesh.Paul, "/update", Update("app", 2))).AssertError(HttpStatusCode.BadRequest, Pending);

        // The pending update is reported before the missing permission, and does not block secrets and activations.
        (await mesh.SendAsync(mesh.Nora, "/update", Update("app", 2))).AssertError(HttpStatusCode.BadRequest, Pending);
        (await mesh.UploadAsync("text", [1])).Require();
        await mesh.ActivateAsync("signed");
    }

    [Fact]
    [Case("client-api", "Package update in the log")]
    [Case("observability", "The update log shows what was appended")]
    [Case("updates-and-users", "Log lines of a package update")]
    public async Task Start_SeveralPackages_AreOneLineEachInTheLog()
    {
        await using GovernedMesh mesh = await GovernedMesh.StartAsync();

        (await mesh.StartUpdateAsync(
            mesh.Paul, """{"Packages":{"signed":{"SecurityVersion":1},"app":{"SecurityVersion":65535}}}""")).Require();

        Assert.Equal(
            [
                """{"update":"Initial manifest set"}""",
                """{"update":"SecurityVersion increased","user":"paul","package":"app","new version":65535}""",
                """{"update":"SecurityVersion increased","user":"paul","package":"signed","new version":1}""",
            ],
            await mesh.LogAsync());
        Assert.Equal(ushort.MaxValue, mesh.State.FindPackage("app")!.SecurityVersion);
    }

    [Fact]
    [Trait("Security", "E3")]
    [Case("updates-and-users", "A full update must not lower a raised SecurityVersion unasked")]
    public async Task Start_FullUpdateAfterIt_MustNotLowerTheVersionInForce()
    {
        await using GovernedMesh mesh = await GovernedMesh.StartAsync(m => m["Config"]!["UpdateThreshold"] = 1);
        (await RaiseAsync(mesh, "signed", 9)).Require();
        string same = mesh.Manifest();

        (await mesh.StartUpdateAsync(mesh.Anna, same)).AssertError(
            HttpStatusCode.InternalServerError,
            "invalid manifest: package signed has SecurityVersion 1, but 9 is in force; an update must not lower it. To do it "
            + "nevertheless, send the request with the query parameter allowDowngrade=true");
        Assert.Equal(HttpStatusCode.BadRequest, (await mesh.SendAsync(mesh.Anna, "/update", same)).Status);
        (await mesh.StartUpdateAsync(mesh.Anna, WithVersion(mesh, 9))).Require();
        Assert.Equal(9UL, mesh.State.FindPackage("signed")!.SecurityVersion);
        (await mesh.SendAsync(mesh.Bert, "/update?allowDowngrade=true", WithVersion(mesh, 1))).Require();
        Assert.Equal(1UL, mesh.State.FindPackage("signed")!.SecurityVersion);
    }

    private static string WithVersion(GovernedMesh mesh, int version) => mesh.Manifest(m =>
    {
        m["Packages"]!["signed"]!["SecurityVersion"] = version;
        m["Config"]!["UpdateThreshold"] = 1;
    });

    private static string Update(string package, int version) => $$"""{"Packages":{"{{package}}":{"SecurityVersion":{{version}} } } }""";

    private static Task<Answer> RaiseAsync(GovernedMesh mesh, string package, int version) =>
        mesh.StartUpdateAsync(mesh.Paul, Update(package, version));
}
