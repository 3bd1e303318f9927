using System.CommandLine;
using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json;
using MarbleRun.Audit;
using MarbleRun.Cli;
using MarbleRun.Management;
using MarbleRun.TestSupport;

namespace MarbleRun.Dashboard.Tests;

/// <summary>The commands <c>dashboard</c> and <c>audit follow</c> from their arguments to their exit code.</summary>
public sealed class CommandTests : RunningCoordinatorTest
{
    private const string NoComparison =
        "Warning: the Coordinator's code is not compared: anybody who can use this machine can simulate any code.\n";

    private readonly UserFiles _auditor = new("auditor");
    private readonly UserFiles _other = new("other");

    private string Address => string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{Host.Client.Port}");

    private string[] Options => [Address, "--simulation", "--cert", _auditor.Certificate, "--key", _auditor.Key];

    public override async ValueTask InitializeAsync()
    {
        await base.InitializeAsync();
        VerifiedCoordinator coordinator = await CoordinatorClient.VerifyCoordinatorAsync(
            Address,
            new CoordinatorExpectation
            {
                Verifier = Host.Platform.CreateVerifier(),
                ExpectedPackage = Host.Platform.MeasureRunningProcess().ToPackageProperties(),
            },
            Cancellation);
        using var client = new CoordinatorClient(coordinator);
        await client.SetManifestAsync(
            JsonSerializer.SerializeToUtf8Bytes(new
            {
                Packages = new { app = new { UniqueID = new string('a', 64) } },
                Marbles = new { web = new { Package = "app" } },
                Users = new
                {
                    auditor = new { Certificate = _auditor.Pem, Roles = (string[])["auditor"] },
                    other = new { Certificate = _other.Pem, Roles = (string[])[] },
                },
                Roles = new { auditor = new { ResourceType = "Audit", Actions = (string[])["ReadAudit"] } },
            }),
            cancellationToken: Cancellation);
    }

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        _auditor.Dispose();
        _other.Dispose();
    }

    [Fact]
    public async Task Dashboard_UntilCtrlC_PrintsItsLinkAndServesIt()
    {
        using var end = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        var output = new LineWriter();
        Task<(int Code, string Error)> run = RunAsync(output, ["dashboard", .. Options, "--refresh", "1"], end.Token);

        string line = await output.FirstLineAsync(run);
        using var client = new HttpClient(new SocketsHttpHandler { UseProxy = false });
        string page = await client.GetStringAsync(new Uri(line["Dashboard: ".Length..]), Cancellation);
        await end.CancelAsync();
        (int code, string error) = await run;

        Assert.Matches(@"^Dashboard: http://127\.0\.0\.1:[0-9]+/\?token=[0-9a-f]{64}$", line);
        Assert.Contains("√ Verified.", page, StringComparison.Ordinal);
        Assert.Contains("user auditor", page, StringComparison.Ordinal);
        Assert.Equal(ExitCodes.Ok, code);
        Assert.EndsWith(
            "Open the link in a browser of this machine; it can be used once. Ctrl+C ends the dashboard.\n",
            error,
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task Dashboard_WhenTheCoordinatorIsReplaced_SaysSoInTheTerminalAndByItsExitCode()
    {
        using var end = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        var output = new LineWriter();
        var error = new LineWriter();
        Task<int> run = InvokeAsync(output, error, ["dashboard", .. Options, "--refresh", "1"], end.Token);
        await output.FirstLineAsync(run);

        IPEndPoint address = Host.Client;
        await Host.DisposeAsync();
        using var folder = new TemporaryDirectory();
        Copy(Folder.File("simulation"), folder.File("simulation"));
        await using CoordinatorHost other = await CoordinatorHost.StartAsync(folder, null, ("ClientAddress", address.ToString()));
        await error.WaitForAsync("Error: Another Coordinator answers at", run);
        await end.CancelAsync();

        Assert.Equal(ExitCodes.VerificationFailed, await run);
    }

    [Theory]
    [InlineData("--insecure", "The dashboard shows only a Coordinator that it verified. Omit --insecure.")]
    [InlineData("--refresh=0", "--refresh must be from 1 to 3600 seconds.")]
    public async Task Dashboard_WithAWrongOption_IsNotStarted(string option, string message)
    {
        var output = new LineWriter();

        (int code, string error) = await RunAsync(output, ["dashboard", .. Options, option], Cancellation);

        Assert.StartsWith($"Error: {message}\n", error, StringComparison.Ordinal);
        Assert.Equal((ExitCodes.Usage, string.Empty), (code, output.ToString()));
    }

    [Fact]
    public async Task Follow_Once_PrintsTheTrailWithItsHead()
    {
        var output = new LineWriter();

        (int code, string error) = await RunAsync(
            output, ["audit", "follow", .. Options, "--after", "0", "--once", "--format", "json"], Cancellation);

        byte[] trail = Encoding.ASCII.GetBytes(output.ToString());
        AuditVerification found = AuditTrail.Verify([new AuditFile("trail", trail)], AuditHead.Start.Hash);
        Assert.True(found.IsIntact);
        Assert.Equal(1, found.RecordCount);
        Assert.Equal((ExitCodes.Ok, $"{NoComparison}head 1:{found.Head.Hash}\n"), (code, error));
    }

    [Fact]
    public async Task Follow_FromAHead_PrintsWhatComesLater()
    {
        var output = new LineWriter();
        (_, string first) = await RunAsync(output, ["audit", "follow", .. Options, "--after", "0", "--once"], Cancellation);
        string head = first.Split("head ")[1].Trim();
        Assert.Matches("^1 [^ ]+ allowed manifest.set - manifestFingerprint=[0-9a-f]{64} recoveryKeys=0\n$", output.ToString());
        (int refused, string reason) = await RunAsync(
            new LineWriter(),
            ["audit", "follow", Address, "--cert", _other.Certificate, "--key", _other.Key, "--once"],
            Cancellation);
        output = new LineWriter();

        (int code, _) = await RunAsync(output, ["audit", "follow", .. Options, "--after", head, "--once"], Cancellation);
        (int wrong, string fault) = await RunAsync(
            new LineWriter(), ["audit", "follow", .. Options, "--after", $"1:{new string('0', 64)}", "--once"], Cancellation);

        Assert.Equal(ExitCodes.Refused, refused);
        Assert.Contains("user other is not allowed to read the audit trail", reason, StringComparison.Ordinal);
        Assert.Equal(ExitCodes.Ok, code);
        Assert.Matches("^2 [^ ]+ denied audit.read other\n$", output.ToString());
        Assert.Equal(ExitCodes.VerificationFailed, wrong);
        Assert.StartsWith("Error: The Coordinator's trail was changed: record 2 ", fault, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("x")]
    [InlineData("-1")]
    [InlineData("1:2")]
    [InlineData("1:2:3")]
    public async Task Follow_AfterSomethingElse_IsRefused(string after)
    {
        (int code, string error) = await RunAsync(new LineWriter(), ["audit", "follow", .. Options, $"--after={after}"], Cancellation);

        Assert.Equal((ExitCodes.Usage, $"Error: --after {after} is not the number of a record, or NUMBER:HASH.\n"), (code, error));
    }

    private async Task<(int Code, string Error)> RunAsync(LineWriter output, string[] args, CancellationToken cancellation)
    {
        var error = new LineWriter();
        int code = await InvokeAsync(output, error, args, cancellation);
        return (code, error.ToString());
    }

    private Task<int> InvokeAsync(LineWriter output, LineWriter error, string[] args, CancellationToken cancellation)
    {
        CommandEnvironment.Current = new CommandEnvironment
        {
            WorkingDirectory = Folder.Path,
            GetVariable = name => name switch
            {
                "HOME" => Folder.File("home"),
                "MARBLERUN_SIMULATION_DIR" => Folder.File("simulation"),
                _ => null,
            },
            OpenInput = () => Stream.Null,
            IsInteractive = false,
        };
        return CommandLine.RunAsync(
            args, new InvocationConfiguration { Output = output, Error = error, EnableDefaultExceptionHandler = false }, cancellation);
    }

    private static void Copy(string from, string to)
    {
        Directory.CreateDirectory(to);
        foreach (string file in Directory.GetFiles(from))
        {
            File.Copy(file, Path.Combine(to, Path.GetFileName(file)));
        }
    }
}
