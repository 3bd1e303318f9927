using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using MarbleRun.Attestation;
using MarbleRun.Attestation.Claims;
using MarbleRun.Attestation.Simulation;
using MarbleRun.Cli.Coordinators;
using MarbleRun.Cli.Doctor;
using MarbleRun.Cli.Doctor.Machines;
using MarbleRun.Management;
using MarbleRun.TestSupport;

namespace MarbleRun.Cli.Tests.Doctor;

/// <summary>The Coordinator: what answers, its quote, its certificates, its metrics.</summary>
public sealed class CoordinatorCheckTests : IDisposable
{
    private const string Metrics = """
        # TYPE coordinator_state_generation gauge
        coordinator_version_info{version="1.2.3",commit="abc"} 1
        coordinator_state_generation 7
        coordinator_state_commits_total{outcome="success"} 4
        coordinator_state_commit_duration_seconds_sum{outcome="success"} 0.08
        coordinator_state_commit_duration_seconds_count{outcome="success"} 4
        """;

    private static readonly DoctorOptions s_metrics = new() { Metrics = new Uri("http://localhost:9944") };

    private readonly TemporaryDirectory _folder = new();
    private readonly FakeMachine _machine = new();
    private readonly TestAuthority _authority = new();

    public CoordinatorCheckTests()
    {
        _machine.Pages["/api/v2/status"] = FakeMachine.Page(Status(3));
        _machine.Pages["/api/v2/openapi.json"] = FakeMachine.Page("""{"paths":{"/api/v2/trust":{},"/api/v2/status":{}}}""");
        _machine.Pages["/metrics"] = FakeMachine.Page(Metrics);
        _machine.Pages["/health/ready"] = FakeMachine.Page("Healthy");
    }

    public void Dispose()
    {
        _authority.Dispose();
        _folder.Dispose();
    }

    internal static string Status(int code) =>
        $"{{\"status\":\"success\",\"data\":{{\"code\":{code},\"message\":\"words of the Coordinator\"}}}}";

    internal static DoctorOptions Options(Func<Task<AttestedCoordinator>>? attest = null) => new()
    {
        Address = "localhost:4433",
        Attest = attest ?? (() => throw new InputException("there is no policy")),
    };

    [Fact]
    public async Task Checks_WithoutAnAddress_DoNotApply()
    {
        foreach (DoctorCheck check in DoctorChecks.All.Where(c => c.Group == "coordinator"))
        {
            Assert.Null(await _machine.FindAsync(check.Id));
        }
    }

    [Theory]
    [InlineData(ServerKind.NoName, "is unknown")]
    [InlineData(ServerKind.Closed, "does not accept connections")]
    [InlineData(ServerKind.NotTls, "does not speak TLS")]
    internal async Task Reachable_OtherThanTls_SaysWhatIsThere(ServerKind kind, string found)
    {
        _machine.Server = new ServerFacts(kind, "detail");

        Finding finding = (await _machine.FindAsync("coordinator.reachable", Options()))!;

        Assert.Equal(FindingLevel.Error, finding.Level);
        Assert.Contains(found, finding.Found, StringComparison.Ordinal);
        Assert.Null(await _machine.FindAsync("coordinator.quote", Options()));
        Assert.Null(await _machine.FindAsync("coordinator.phase", Options()));
        Assert.Null(await _machine.FindAsync("coordinator.api", Options()));
    }

    [Theory]
    [InlineData("<html>", 200)]
    [InlineData("not found", 404)]
    [InlineData("[]", 200)]
    [InlineData("""{"data":{"code":99}}""", 200)]
    public async Task Reachable_AnotherServer_IsAnError(string body, int status)
    {
        _machine.Pages["/api/v2/status"] = FakeMachine.Page(body, status);

        Assert.Contains(
            "is not a Coordinator", (await _machine.FindAsync("coordinator.reachable", Options()))!.Found, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Reachable_ThatAnswers_IsGood()
    {
        Assert.Equal(FindingLevel.Good, (await _machine.FindAsync("coordinator.reachable", Options()))!.Level);

        _machine.Pages.Clear();
        Assert.Contains("does not answer", (await _machine.FindAsync("coordinator.reachable", Options()))!.Found, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(1, FindingLevel.Error)]
    [InlineData(2, FindingLevel.Warning)]
    [InlineData(3, FindingLevel.Good)]
    internal async Task Phase_OfACoordinator_IsJudged(int code, FindingLevel level)
    {
        _machine.Pages["/api/v2/status"] = FakeMachine.Page(Status(code));

        Assert.Equal(level, (await _machine.FindAsync("coordinator.phase", Options()))!.Level);
    }

    [Fact]
    public async Task Quote_Accepted_NamesTheCode()
    {
        Finding finding = (await _machine.FindAsync("coordinator.quote", Options(AcceptAsync)))!;

        Assert.Equal(FindingLevel.Good, finding.Level);
        Assert.Contains("TCB status UpToDate, code 1111", finding.Found, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Quote_NotVerified_IsAWarningWithTheReason()
    {
        Assert.Equal("not verified: there is no policy", (await _machine.FindAsync("coordinator.quote", Options()))!.Found);

        Finding skipped = (await _machine.FindAsync(
            "coordinator.quote", Options(() => Task.FromResult(new AttestedCoordinator(Evidence(), Verdict: null)))))!;
        Assert.Equal(FindingLevel.Warning, skipped.Level);
    }

    [Fact]
    public async Task Quote_Refused_IsAnError()
    {
        Finding refused = (await _machine.FindAsync(
            "coordinator.quote", Options(() => throw new CoordinatorVerificationException("refused"))))!;
        Assert.Equal((FindingLevel.Error, "refused"), (refused.Level, refused.Found));

        Finding changed = (await _machine.FindAsync(
            "coordinator.quote", Options(() => throw new CommandException(ExitCodes.VerificationFailed, "another root"))))!;
        Assert.Equal((FindingLevel.Error, "another root"), (changed.Level, changed.Found));
    }

    [Theory]
    [InlineData(0, 400, 400, FindingLevel.Good, FindingLevel.Good)]
    [InlineData(0, 400, 20, FindingLevel.Warning, FindingLevel.Good)]
    [InlineData(0, -1, 10, FindingLevel.Error, FindingLevel.Warning)]
    internal async Task Certificates_AreListedByTheirEnd(int from, int root, int intermediate, FindingLevel first, FindingLevel second)
    {
        _machine.CoordinatorEvidence = new CoordinatorEvidence(Certificate(from, root), Certificate(from, intermediate), Quote.FromRaw([]));

        IReadOnlyList<Finding> findings = await _machine.FindAllAsync("coordinator.certificates", Options());

        Assert.Equal([first, second], findings.Select(f => f.Level));
    }

    [Fact]
    public async Task Certificates_FromTheFuture_ShowAWrongClock()
    {
        _machine.CoordinatorEvidence = new CoordinatorEvidence(Certificate(2, 400), Certificate(-2, 400), Quote.FromRaw([]));
        Assert.Contains(
            "the root certificate of the Coordinator is valid from",
            (await _machine.FindAsync("clock.signed", Options()))!.Found,
            StringComparison.Ordinal);

        _machine.CoordinatorEvidence = new CoordinatorEvidence(Certificate(-2, 400), Certificate(-2, 400), Quote.FromRaw([]));
        Assert.Equal(FindingLevel.Good, (await _machine.FindAsync("clock.signed", Options()))!.Level);
    }

    [Fact]
    public async Task Signatures_AreMeasuredWithTheCurveOfTheCoordinator()
    {
        _machine.CoordinatorEvidence = new CoordinatorEvidence(
            Certificate(0, 400, ECCurve.NamedCurves.nistP384), Certificate(0, 400), Quote.FromRaw([]));
        _machine.Speed = new SignatureSpeed(300, 300);

        Finding finding = (await _machine.FindAsync("openssl.speed", Options()))!;

        Assert.Equal("P-384", _machine.MeasuredCurve);
        Assert.Contains("Use P-256", finding.Remedy, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Mode_IsReadInTheQuote()
    {
        Assert.Null(await _machine.FindAsync("coordinator.mode", Options()));

        _machine.CoordinatorEvidence = Evidence();
        Finding finding = (await _machine.FindAsync("coordinator.mode", Options()))!;
        Assert.Equal((FindingLevel.Warning, "simulation: the Coordinator has no quote"), (finding.Level, finding.Found));

        SimulationPlatform platform = SimulationPlatform.Open(_folder.File("platform"));
        Quote quote = await platform.CreateIssuer(platform.MeasureRunningProcess()).IssueAsync(
            ReportData.ForCertificate("certificate"u8), TestContext.Current.CancellationToken);
        _machine.CoordinatorEvidence = Evidence() with { Quote = quote };
        finding = (await _machine.FindAsync("coordinator.mode", Options() with { Simulation = true }))!;
        Assert.Equal((FindingLevel.Good, "simulation of Intel SGX"), (finding.Level, finding.Found));
        Assert.Equal(FindingLevel.Warning, (await _machine.FindAsync("coordinator.mode", Options()))!.Level);
    }

    [Fact]
    public async Task Mode_OfHardwareWhereASimulationIsExpected_IsAWarning()
    {
        _machine.CoordinatorEvidence = Evidence() with { Quote = Quote.FromRaw([1, 2, 3]) };

        Assert.StartsWith("unknown", (await _machine.FindAsync("coordinator.mode", Options()))!.Found, StringComparison.Ordinal);
        Assert.Equal(
            FindingLevel.Warning, (await _machine.FindAsync("coordinator.mode", Options() with { Simulation = true }))!.Level);
    }

    [Fact]
    public async Task Api_WithoutADescription_IsThatOfMarbleRun19()
    {
        Assert.Equal("2 paths: overlap of updates", (await _machine.FindAsync("coordinator.api", Options()))!.Found);

        _machine.Pages.Remove("/api/v2/openapi.json");
        Assert.Equal(FindingLevel.Warning, (await _machine.FindAsync("coordinator.api", Options()))!.Level);
    }

    [Fact]
    public async Task MetricsPort_ShowsReadinessGenerationAndStore()
    {
        Assert.Equal(FindingLevel.Good, (await _machine.FindAsync("coordinator.ready", s_metrics))!.Level);
        Assert.Equal("generation 7, version 1.2.3", (await _machine.FindAsync("coordinator.generation", s_metrics))!.Found);
        Assert.Equal("20.0 ms on average of 4 commits, no failure", (await _machine.FindAsync("coordinator.store", s_metrics))!.Found);
    }

    [Fact]
    public async Task MetricsPort_OfASlowOrFailingStore_IsFound()
    {
        _machine.Pages["/metrics"] = FakeMachine.Page(Metrics.Replace("0.08", "8", StringComparison.Ordinal));
        Assert.Equal(FindingLevel.Warning, (await _machine.FindAsync("coordinator.store", s_metrics))!.Level);

        _machine.Pages["/metrics"] = FakeMachine.Page(Metrics + "\ncoordinator_state_commits_total{outcome=\"failure\"} 2\n");
        Assert.Equal("2 commits failed since the start", (await _machine.FindAsync("coordinator.store", s_metrics))!.Found);

        _machine.Pages["/metrics"] = FakeMachine.Page("# nothing yet\n");
        Assert.Null(await _machine.FindAsync("coordinator.store", s_metrics));
        Assert.Null(await _machine.FindAsync("coordinator.generation", s_metrics));
    }

    [Fact]
    public async Task MetricsPort_NotReadyOrClosed_IsAnError()
    {
        _machine.Pages["/health/ready"] = FakeMachine.Page("no manifest", 503);
        Assert.Equal("not ready (503): no manifest", (await _machine.FindAsync("coordinator.ready", s_metrics))!.Found);

        _machine.Pages.Clear();
        Assert.Contains("does not answer", (await _machine.FindAsync("coordinator.ready", s_metrics))!.Found, StringComparison.Ordinal);
    }

    private static X509Certificate2 Certificate(int fromDays, int days, ECCurve? curve = null)
    {
        using var key = ECDsa.Create(curve ?? ECCurve.NamedCurves.nistP256);
        DateTimeOffset now = FakeMachine.Now;
        return new CertificateRequest("CN=MarbleRun Coordinator", key, HashAlgorithmName.SHA256)
            .CreateSelfSigned(now.AddDays(Math.Min(fromDays, days) - 1 + (fromDays > 0 ? 1 : 0)), now.AddDays(days));
    }

    private CoordinatorEvidence Evidence() => new(_authority.Root, _authority.Intermediate, Quote.FromRaw([]));

    private Task<AttestedCoordinator> AcceptAsync()
    {
        var claims = new QuoteClaims
        {
            Tee = TeeType.Sgx,
            UniqueId = new string('1', 64),
            SignerId = new string('2', 64),
            ProductId = 1,
            SecurityVersion = 1,
            Debug = false,
            ReportData = ReportData.FromBytes(new byte[64]),
            TcbStatus = TcbStatus.UpToDate,
        };
        return Task.FromResult(new AttestedCoordinator(
            Evidence(), Verdict.Accept(claims, ImmutableArray.Create(new VerdictCheck("a", VerdictCheckOutcome.Passed)))));
    }
}
