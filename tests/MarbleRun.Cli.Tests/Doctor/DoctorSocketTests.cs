using System.Net;
using System.Net.Sockets;
using MarbleRun.Attestation;
using MarbleRun.Attestation.Dcap;
using MarbleRun.Cli.Collateral;
using MarbleRun.Cli.Coordinators;
using MarbleRun.Cli.Doctor;
using MarbleRun.Cli.Doctor.Machines;
using MarbleRun.Management;
using MarbleRun.TestSupport;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace MarbleRun.Cli.Tests.Doctor;

/// <summary>Real servers: a Coordinator, one with a wrong clock or old certificates, other servers, and no server.</summary>
public sealed class DoctorSocketTests : CoordinatorTest
{
    [Fact]
    public async Task Coordinator_InSimulation_IsGood()
    {
        await StartAsync(settings: [("MetricsAddress", "127.0.0.1:0")]);

        DoctorReport report = await ExamineAsync(Host.Client.ToString(), trust: true);

        Assert.Equal(FindingLevel.Good, Find(report, "coordinator.reachable").Level);
        Assert.Equal("simulation of Intel SGX", Find(report, "coordinator.mode").Found);
        Assert.Contains("accepted", Find(report, "coordinator.quote").Found, StringComparison.Ordinal);
        Assert.Equal(FindingLevel.Warning, Find(report, "coordinator.phase").Level);
        Assert.Contains("revocation", Find(report, "coordinator.api").Found, StringComparison.Ordinal);
        Assert.Equal(FindingLevel.Good, Find(report, "clock.coordinator").Level);
        Assert.Equal(FindingLevel.Good, Find(report, "clock.signed").Level);
        Assert.Equal(2, report.Findings.Count(f => f.Check.Id == "coordinator.certificates"));
    }

    [Fact]
    public async Task Coordinator_WithoutAPolicy_IsExaminedAndNotTrusted()
    {
        await StartAsync();

        DoctorReport report = await ExamineAsync(Host.Client.ToString(), trust: false);

        Assert.Equal(FindingLevel.Warning, Find(report, "coordinator.quote").Level);
        Assert.Equal(FindingLevel.Warning, Find(report, "coordinator.phase").Level);
    }

    [Fact]
    public async Task Clock_ThatIsWrong_IsFound()
    {
        await StartAsync();
        var clock = new Microsoft.Extensions.Time.Testing.FakeTimeProvider(TimeProvider.System.GetUtcNow().AddHours(-5));

        DoctorReport report = await ExamineAsync(Host.Client.ToString(), trust: false, clock);

        Assert.Equal(FindingLevel.Error, Find(report, "clock.coordinator").Level);
        Assert.Contains("behind the Coordinator", Find(report, "clock.coordinator").Found, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Coordinator_WithACertificateNearItsEnd_IsFound()
    {
        using var authority = new TestAuthority();
        await using FakeClientApi api = await FakeClientApi.StartAsync(authority);
        var clock = new Microsoft.Extensions.Time.Testing.FakeTimeProvider(
            new DateTimeOffset(authority.Intermediate.NotAfter.ToUniversalTime()).AddHours(-1));

        DoctorReport report = await ExamineAsync(api.Address, trust: false, clock);

        Assert.Contains(
            report.Findings, f => f.Check.Id == "coordinator.certificates" && f.Level == FindingLevel.Warning);
    }

    [Fact]
    public async Task Server_OfPlainHttp_IsNotACoordinator()
    {
        await using LoopbackServer server = await LoopbackServer.StartAsync(routes => routes.MapGet("/", () => "hello"));

        DoctorReport report = await ExamineAsync(server.Address.Authority, trust: false);

        Assert.Contains("does not speak TLS", Find(report, "coordinator.reachable").Found, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Server_OfAnotherKind_IsNotACoordinator()
    {
        using var authority = new TestAuthority();
        await using LoopbackServer server = await LoopbackServer.StartAsync(
            routes => routes.MapGet("/{**path}", (HttpContext context) => context.Response.WriteAsync("<html>login</html>")),
            authority.Root);

        DoctorReport report = await ExamineAsync(server.Address.Authority, trust: false);

        Assert.Contains("is not a Coordinator", Find(report, "coordinator.reachable").Found, StringComparison.Ordinal);
        Assert.Equal(FindingLevel.Error, Find(report, "coordinator.reachable").Level);
    }

    [Fact]
    public async Task Server_ThatIsNotThere_IsFound()
    {
        DoctorReport closed = await ExamineAsync(ClosedPort(), trust: false);
        Assert.Contains("does not accept connections", Find(closed, "coordinator.reachable").Found, StringComparison.Ordinal);

        DoctorReport unknown = await ExamineAsync("nothing.invalid:4433", trust: false);
        Assert.Contains("is unknown", Find(unknown, "coordinator.reachable").Found, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Pccs_ThatIsReal_IsAskedForBothSets()
    {
        await StartAsync();
        await using SimulationPccs pccs = await SimulationPccs.StartAsync(t => Host.Platform.CreateCollateral(t));

        DoctorReport report = await ExamineAsync(Host.Client.ToString(), trust: true, collateral: pccs.Address.AbsoluteUri);

        Assert.Contains("has the collateral of Coordinator", Find(report, "collateral.source").Found, StringComparison.Ordinal);
        Assert.Equal("Coordinator: UpToDate", Find(report, "collateral.tcb").Found);
        Assert.Equal(FindingLevel.Good, Find(report, "collateral.early").Level);
        Assert.Contains(pccs.Server.Requests, r => r.Contains("update=early", StringComparison.Ordinal));
    }

    private static string ClosedPort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        string address = listener.LocalEndpoint.ToString()!;
        listener.Stop();
        return address;
    }

    private static Finding Find(DoctorReport report, string id) => Assert.Single(report.Findings, f => f.Check.Id == id);

    private async Task<DoctorReport> ExamineAsync(
        string address, bool trust, TimeProvider? clock = null, string? collateral = null)
    {
        var options = new DoctorOptions
        {
            Address = address,
            Simulation = true,
            Collateral = collateral,
            Attest = trust ? () => AttestAsync(address) : () => throw new InputException("there is no policy"),
            Anchors = trust ? CollateralAnchors.Vendors with { Intel = Host.Platform.TrustAnchor } : CollateralAnchors.Vendors,
        };
        IEnumerable<DoctorCheck> checks = DoctorChecks.All.Where(c => c.Group is "coordinator" or "clock" or "collateral");
        return await DoctorRun.RunAsync(checks, new SystemMachine(clock ?? TimeProvider.System), options, Cancellation);
    }

    private async Task<AttestedCoordinator> AttestAsync(string address)
    {
        VerifiedCoordinator verified = await CoordinatorClient.VerifyCoordinatorAsync(
            address,
            new CoordinatorExpectation
            {
                Verifier = new DcapQuoteVerifier(Host.Platform.TrustAnchor),
                ExpectedPackage = new PackageProperties { UniqueId = Host.Platform.MeasureRunningProcess().UniqueId },
            },
            Cancellation);
        return new AttestedCoordinator(verified.Evidence, verified.Verdict);
    }
}
