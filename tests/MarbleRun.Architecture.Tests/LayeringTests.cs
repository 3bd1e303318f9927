using System.Reflection;
using System.Runtime.InteropServices;
using MarbleRun.Attestation;
using MarbleRun.TestSupport;

namespace MarbleRun.Architecture.Tests;

/// <summary>The arrows of the house run one way.</summary>
public sealed class LayeringTests
{
    private static readonly string[] s_hosting = ["MarbleRun.Hosting", "MarbleRun.AspNetCore", "MarbleRun.Http"];

    [Fact]
    public void Attestation_UsesTheBaseLibraryAlone() =>
        Assert.All(
            typeof(Quote).Assembly.GetReferencedAssemblies(),
            a => Assert.True(
                File.Exists(Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), a.Name + ".dll")),
                $"{a.Name} is not part of .NET's base library."));

    [Fact]
    public void Sdk_KnowsAttestation_AndNothingOfTheCoordinator() =>
        Assert.Equal(["MarbleRun.Attestation"], Ours(typeof(MarbleOptions).Assembly));

    [Fact]
    public void Coordinator_KnowsAttestationAndSdk_FromOutside() =>
        Assert.Equal(["MarbleRun.Attestation", "MarbleRun.Sdk"], Ours(typeof(Coordinator.CoordinatorOptions).Assembly));

    /// <remarks>A Coordinator that keeps its state in a folder carries no client of a database.</remarks>
    [Fact]
    public void Coordinator_UsesNoClientOfAStore() =>
        Assert.DoesNotContain(
            typeof(Coordinator.CoordinatorOptions).Assembly.GetReferencedAssemblies(),
            a => a.Name!.Contains("Npgsql", StringComparison.OrdinalIgnoreCase)
                || a.Name.Contains("etcd", StringComparison.OrdinalIgnoreCase)
                || a.Name.Contains("Kubernetes", StringComparison.OrdinalIgnoreCase)
                || a.Name.StartsWith("MarbleRun.Coordinator.", StringComparison.Ordinal));

    [Theory]
    [InlineData(typeof(Coordinator.PostgreSql.PostgreSqlStoreOptions))]
    [InlineData(typeof(Coordinator.Etcd.EtcdStoreOptions))]
    [InlineData(typeof(Coordinator.Kubernetes.KubernetesStoreOptions))]
    public void Store_KnowsTheCoordinatorFromOutside_AndNoOtherStore(Type options)
    {
        Assert.Equal(["MarbleRun.Coordinator"], Ours(options.Assembly));
        AssertFriends(options.Assembly);
    }

    [Fact]
    public void Attestation_Internals_AreOpenToItsOwnTestsAndItsFuzzerAlone() =>
        AssertFriends(typeof(Quote).Assembly, "MarbleRun.Attestation.Tests", "MarbleRun.Fuzz");

    [Fact]
    public void Sdk_Internals_AreOpenToItsOwnTestsAndItsFuzzerAlone() =>
        AssertFriends(typeof(MarbleOptions).Assembly, "MarbleRun.Sdk.Tests", "MarbleRun.Fuzz");

    [Fact]
    public void Coordinator_Internals_AreOpenToItsOwnTestsAlone() =>
        AssertFriends(typeof(Coordinator.CoordinatorOptions).Assembly, "MarbleRun.Coordinator.Tests", "MarbleRun.Fuzz");

    [Fact]
    public void Testing_KnowsSdkAndCoordinator_FromOutsideAndNoTestFramework()
    {
        AssemblyName[] used = typeof(Testing.TestMesh).Assembly.GetReferencedAssemblies();

        Assert.Equal(["MarbleRun.Attestation", "MarbleRun.Coordinator", "MarbleRun.Sdk"], Ours(typeof(Testing.TestMesh).Assembly));
        Assert.DoesNotContain(used, a => a.Name!.Contains("xunit", StringComparison.OrdinalIgnoreCase)
            || a.Name.Contains("nunit", StringComparison.OrdinalIgnoreCase)
            || a.Name.Contains("TestPlatform", StringComparison.Ordinal));
        AssertFriends(typeof(Testing.TestMesh).Assembly);
    }

    [Fact]
    public void Testing_IsKnown_ToTestsAlone()
    {
        string[] shipped = ["src", "samples", "benchmarks"];
        IEnumerable<string> users = shipped
            .SelectMany(
                folder => Directory.EnumerateFiles(Path.Combine(RepositoryFiles.Root, folder), "*.csproj", SearchOption.AllDirectories))
            .Where(project => Path.GetFileName(project) != "MarbleRun.Testing.csproj"
                && File.ReadAllText(project).Contains("MarbleRun.Testing", StringComparison.Ordinal));

        Assert.Empty(users);
    }

    [Theory]
    [InlineData("Dcap", "Snp")]
    [InlineData("Snp", "Dcap")]
    public void AttestationRoom_OfOneVendor_KnowsNothingOfTheOther(string room, string other) =>
        Assert.Empty(Rooms.Attestation.Arrows($"MarbleRun.Attestation.{room}", $"MarbleRun.Attestation.{other}"));

    [Fact]
    public void Files_UseTheBaseLibraryAlone() => Assert.Empty(Rooms.Sdk.Arrows(
        "MarbleRun.Files",
        [
            "MarbleRun.Attestation", "MarbleRun.Manifests", "MarbleRun.Identity", "MarbleRun.Activation", "MarbleRun.Tls",
            "MarbleRun.Management", "MarbleRun.Protos", "MarbleRun.Audit",
         "Microsoft.Extensions", "Microsoft.AspNetCore", "Grpc",
            "Google", .. s_hosting,
        ]));

    [Fact]
    public void Manifests_UseTheBaseLibraryAndPackagesAlone() =>
        Assert.Empty(Rooms.Sdk.Arrows(
            "MarbleRun.Manifests",
            [
                "MarbleRun.Identity", "MarbleRun.Activation", "MarbleRun.Tls", "MarbleRun.Management", "MarbleRun.Protos",
                "MarbleRun.Attestation.Dcap", "MarbleRun.Attestation.Simulation", "Microsoft.Extensions", "Microsoft.AspNetCore",
                "Grpc", "Google", .. s_hosting,
            ]));

    [Theory]
    [InlineData("Templates", "Checks", "Plans", "Reading", "Json")]
    [InlineData("Plans", "Checks", "Reading", "Json")]
    [InlineData("Reading", "Checks", "Plans", "Templates")]
    public void ManifestsRoom_UsesOnlyTheRoomsBelowIt(string room, params string[] forbidden) =>
        Assert.Empty(Rooms.Sdk.Arrows($"MarbleRun.Manifests.{room}", [.. forbidden.Select(f => $"MarbleRun.Manifests.{f}")]));

    [Fact]
    public void Identity_UsesNeitherTlsNorHosting() => Assert.Empty(
        Rooms.Sdk.Arrows(
            "MarbleRun.Identity",
            ["MarbleRun.Tls", "MarbleRun.Management", "MarbleRun.Activation", "Microsoft.AspNetCore", .. s_hosting]));

    [Fact]
    public void Tls_UsesNeitherManagementNorActivationNorHosting() => Assert.Empty(
        Rooms.Sdk.Arrows("MarbleRun.Tls", ["MarbleRun.Management", "MarbleRun.Activation", "Microsoft.AspNetCore", .. s_hosting]));

    [Fact]
    public void Management_UsesNeitherActivationNorHosting() =>
        Assert.Empty(Rooms.Sdk.Arrows("MarbleRun.Management", ["MarbleRun.Activation", "Microsoft.AspNetCore", .. s_hosting]));

    [Fact]
    public void Activation_UsesNoHosting() =>
        Assert.Empty(Rooms.Sdk.Arrows("MarbleRun.Activation", ["Microsoft.AspNetCore", .. s_hosting]));

    [Fact]
    public void Audit_UsesTheBaseLibraryAloneAndDoesNoInputOrOutput() =>
        Assert.Empty(Rooms.Sdk.Arrows(
            "MarbleRun.Audit",
            [
                "MarbleRun.Attestation", "MarbleRun.Manifests", "MarbleRun.Identity", "MarbleRun.Activation", "MarbleRun.Tls",
                "MarbleRun.Management", "MarbleRun.Protos",
             "Microsoft.Extensions", "Microsoft.AspNetCore", "Grpc", "Google",
                "System.IO", "System.Net", .. s_hosting,
            ]));

    [Theory]
    [InlineData("MarbleRun.Audit")]
    [InlineData("MarbleRun.Manifests")]
    [InlineData("MarbleRun.Identity")]
    [InlineData("MarbleRun.Secrets")]
    [InlineData("MarbleRun.Activation")]
    [InlineData("MarbleRun.Tls")]
    [InlineData("MarbleRun.Management")]
    public void BelowHosting_NoType_KnowsTheServiceCollection(string room) =>
        Assert.Empty(Rooms.Sdk.Arrows(room, "Microsoft.Extensions.DependencyInjection.IServiceCollection"));

    [Fact]
    public void Manifests_TakeNoLogger() => Assert.Empty(Rooms.Sdk.Arrows("MarbleRun.Manifests", "Microsoft.Extensions.Logging"));

    [Fact]
    public void Attestation_OutsideSimulationAndCollateral_DoesNoInputOrOutput() =>
        Assert.DoesNotContain(
            Rooms.Attestation.Arrows(
                "MarbleRun.Attestation",
                "MarbleRun.Files",
                "System.IO.File",
                "System.IO.Directory",
                "System.IO.FileStream",
                "System.Net.Http"),
            a => !a.StartsWith("MarbleRun.Attestation.Simulation", StringComparison.Ordinal)
                && !a.StartsWith("MarbleRun.Attestation.Collateral", StringComparison.Ordinal));

    /// <remarks><c>=State</c> is the room without those below it.</remarks>
    [Theory]
    [InlineData("Activation", "Manifests", "Updates", "Attestation", "Recovery", "Counters", "Revocation", "Hosting")]
    [InlineData(
        "Revocation", "Activation", "Manifests", "Updates", "Attestation", "Secrets", "Recovery", "Counters", "State.Sealing",
        "State.Stores", "Hosting")]
    [InlineData(
        "Identities", "Activation", "Manifests", "Updates", "Attestation", "Secrets", "Recovery", "Counters", "Revocation", "Audit", "Http",
        "Hosting")]
    [InlineData("Manifests", "Activation", "Updates", "Attestation", "Counters", "Hosting")]
    [InlineData("Updates", "Activation", "Attestation", "Counters", "Hosting", "State.Stores")]
    [InlineData("Attestation", "Activation", "Manifests", "Updates", "Secrets", "Recovery", "Counters")]
    [InlineData("Secrets", "Activation", "Manifests", "Updates", "Attestation", "Hosting", "Recovery", "Counters")]
    [InlineData(
        "Counters", "Activation", "Manifests", "Updates", "Attestation", "Secrets", "Recovery", "State.Sealing", "State.Stores",
        "Hosting")]
    [InlineData(
        "Recovery", "Activation", "Manifests", "Updates", "Attestation", "Secrets", "Counters", "State.Stores", "Hosting", "Authority")]
    [InlineData("Http", "Activation", "Manifests", "Updates", "Attestation", "Secrets", "Recovery", "Counters", "Hosting", "Authority")]
    [InlineData(
        "Audit", "Activation", "Manifests", "Updates", "Attestation", "Secrets", "Recovery", "Counters", "State.Sealing", "Http",
        "Hosting", "Authority")]
    [InlineData(
        "AuditReading", "Activation", "Manifests", "Updates", "Attestation", "Secrets", "Recovery", "Counters", "Revocation", "Identities",
        "State.Sealing", "State.Stores", "Hosting", "Authority")]
    [InlineData(
        "State", "Activation", "Manifests", "Updates", "Attestation", "Secrets", "Recovery", "Counters", "Revocation", "Identities", "Http",
        "Hosting", "Audit")]
    [InlineData(
        "State.Sealing", "Activation", "Manifests", "Updates", "Attestation", "Secrets", "Recovery", "Counters", "=State", "Http",
        "Hosting", "Authority", "Audit")]
    [InlineData(
        "State.Trust", "Activation", "Manifests", "Updates", "Attestation", "Secrets", "Recovery", "Counters", "Revocation", "Identities",
        "=State", "State.Sealing", "State.Stores", "Http", "Hosting", "Audit")]
    [InlineData(
        "State.Stores", "Activation", "Manifests", "Updates", "Attestation", "Secrets", "Recovery", "Counters", "=State",
        "State.Sealing", "Http", "Hosting", "Authority", "Audit")]
    [InlineData(
        "Users", "Activation", "Manifests", "Updates", "Attestation", "Secrets", "Recovery", "Counters", "State", "Http", "Hosting",
        "Authority", "Audit")]
    [InlineData(
        "Authority", "Activation", "Manifests", "Updates", "Attestation", "Secrets", "Recovery", "Counters", "State", "Http", "Hosting",
        "Audit")]
    [InlineData(
        "Diagnostics", "Activation", "Manifests", "Updates", "Attestation", "Secrets", "Counters", "State", "Http", "Hosting",
        "Authority", "Recovery", "Users", "Audit", "Limits")]
    [InlineData(
        "Limits", "Activation", "Manifests", "Updates", "Attestation", "Secrets", "Counters", "State", "Http", "Hosting", "Authority",
        "Recovery", "Users", "Audit", "Diagnostics")]
    public void CoordinatorRoom_UsesOnlyTheRoomsBelowIt(string room, params string[] forbidden) =>
        Assert.Empty(Rooms.Coordinator.Arrows(CoordinatorRoom(room), [.. forbidden.Select(CoordinatorRoom)]));

    [Fact]
    public void CoordinatorRoom_ThatUsesAForbiddenOne_IsFound()
    {
        IEnumerable<string[]> rows = typeof(LayeringTests).GetMethod(nameof(CoordinatorRoom_UsesOnlyTheRoomsBelowIt))!
            .GetCustomAttributes<InlineDataAttribute>()
            .Select(a => (string[])[(string)a.Data[0]!, .. a.Data[1..].Cast<string>()]);

        Assert.All(rows, row =>
        {
            string room = CoordinatorRoom(row[0]);
            string[] forbidden = [.. row[1..].Select(CoordinatorRoom)];
            Rooms withArrows = Rooms.Coordinator.With(room, forbidden);

            Assert.All(forbidden, f => Assert.Single(withArrows.Arrows(room, f)));
        });
    }

    [Theory]
    [InlineData("MarbleRun.Coordinator.Sealing", "MarbleRun.Coordinator.State")]
    [InlineData("MarbleRun.Coordinator.State", "MarbleRun.Coordinator.Stores")]
    [InlineData("MarbleRun.Coordinator.State", "=MarbleRun.Coordinator.Stores")]
    [InlineData("MarbleRun.Coordinator.State", "MarbleRun.Coordinator.State.StateWriters")]
    public void Arrows_OfARoomThatDoesNotExist_Throw(string room, string target) =>
        Assert.Throws<ArgumentException>(() => Rooms.Coordinator.Arrows(room, target));

    /// <remarks>What it changes must be recorded first: the audit trail's room does both.</remarks>
    [Fact]
    public void StateWriter_OutsideItsRoom_IsKnownToAuditAndHostingAlone()
    {
        string[] arrows = [.. Rooms.Coordinator.Arrows("MarbleRun.Coordinator", "MarbleRun.Coordinator.State.Changes.StateWriter")];

        Assert.Contains(arrows, a => a.StartsWith("MarbleRun.Coordinator.Audit.Decisions", StringComparison.Ordinal));
        Assert.DoesNotContain(
            arrows,
            a => !((string[])["State.", "Audit.", "Hosting."]).Any(
                room => a.StartsWith($"MarbleRun.Coordinator.{room}", StringComparison.Ordinal)));
    }

    [Fact]
    public void Metrics_OfOpenTelemetry_AreKnownToDiagnosticsAlone() =>
        Assert.DoesNotContain(
            Rooms.Coordinator.Arrows("MarbleRun.Coordinator", "OpenTelemetry"),
            a => !a.StartsWith("MarbleRun.Coordinator.Diagnostics.", StringComparison.Ordinal));

    [Fact]
    public void Rooms_ThatExist_AreSeenByTheseTests()
    {
        Assert.NotEmpty(Rooms.Coordinator.Arrows("MarbleRun.Coordinator.Activation", "MarbleRun.Coordinator.Secrets"));
        Assert.NotEmpty(Rooms.Coordinator.Arrows("MarbleRun.Coordinator.Recovery", "MarbleRun.Coordinator.State.Sealing"));
        Assert.NotEmpty(Rooms.Coordinator.Arrows("MarbleRun.Coordinator.Diagnostics", "OpenTelemetry"));
        Assert.NotEmpty(Rooms.Coordinator.Arrows("MarbleRun.Coordinator.Audit", "MarbleRun.Audit"));
        Assert.NotEmpty(Rooms.Coordinator.Arrows("MarbleRun.Coordinator.Counters", "MarbleRun.Coordinator.Audit"));
        Assert.NotEmpty(Rooms.Coordinator.Arrows("MarbleRun.Coordinator.Manifests", "MarbleRun.Coordinator.Recovery"));
        Assert.NotEmpty(Rooms.Coordinator.Arrows("MarbleRun.Coordinator.Updates", "MarbleRun.Coordinator.Manifests"));
        Assert.NotEmpty(Rooms.Sdk.Arrows("MarbleRun.Management", "MarbleRun.Attestation"));
        Assert.All(
            ["Dcap", "Snp"],
            room => Assert.NotEmpty(Rooms.Attestation.Arrows($"MarbleRun.Attestation.{room}", "MarbleRun.Attestation.X509")));
        Assert.NotEmpty(Rooms.Sdk.Arrows("MarbleRun.Manifests.Checks", "MarbleRun.Manifests.Templates"));
        Assert.NotEmpty(
            Rooms.Sdk.Arrows("Microsoft.Extensions.DependencyInjection", "Microsoft.Extensions.DependencyInjection.IServiceCollection"));
    }

    private static string CoordinatorRoom(string name) =>
        name[0] == '=' ? $"=MarbleRun.Coordinator.{name[1..]}" : $"MarbleRun.Coordinator.{name}";

    private static IEnumerable<string> Ours(Assembly assembly) =>
        assembly.GetReferencedAssemblies()
            .Select(a => a.Name!)
            .Where(a => a.StartsWith("MarbleRun", StringComparison.Ordinal))
            .Order(StringComparer.Ordinal);

    private static void AssertFriends(Assembly assembly, params string[] friends) =>
        Assert.Equal(
            friends,
            assembly.GetCustomAttributes<System.Runtime.CompilerServices.InternalsVisibleToAttribute>().Select(a => a.AssemblyName));
}
