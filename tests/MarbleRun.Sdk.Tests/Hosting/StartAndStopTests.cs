using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Grpc.Core;
using MarbleRun.Activation;
using MarbleRun.Attestation;
using MarbleRun.TestSupport;
using Microsoft.Extensions.Options;

namespace MarbleRun.Tests.Hosting;

/// <summary>How a process ends that does not become a Marble: with a message and an exit code, and never as a crash.</summary>
public sealed class StartAndStopTests : IDisposable
{
    private static readonly TimeSpan s_longestRun = TimeSpan.FromMinutes(2);

    private readonly TemporaryDirectory _directory = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _directory.Dispose();

    [Theory]
    [InlineData("web", "TERM", 0)]
    [InlineData("web", "INT", 0)]
    [InlineData("worker", "TERM", 0)]
    [InlineData("worker", "INT", 0)]
    [InlineData("older", "TERM", 0)]
    [InlineData("console", "TERM", 143)]
    [InlineData("console", "INT", 130)]
    public async Task Stop_WhileItWaitsForTheCoordinator_EndsWithoutACrash(string kind, string signal, int exitCode)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no signals.");
        using Process process = Start(kind, FreePort());
        Task<string> errors = process.StandardError.ReadToEndAsync(Token);
        List<string> output = await ReadUntilAsync(process.StandardOutput, "trying again in");

        Assert.Equal(0, (await ExternalTool.TryRunAsync("sh", ["-c", $"kill -{signal} {process.Id}"], Token))?.ExitCode);

        output.AddRange((await process.StandardOutput.ReadToEndAsync(Token)).Split('\n'));
        await process.WaitForExitAsync(Token);
        Assert.Equal(exitCode, process.ExitCode);
        Assert.Empty(await errors);
        Assert.DoesNotContain(
            output, l => l.Contains("   at ", StringComparison.Ordinal) || l.Contains("Exception", StringComparison.Ordinal));
        Assert.Equal(
            kind == "console" ? 0 : 1,
            output.Count(l => l.Contains("This process was stopped before it became a Marble.", StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData("web")]
    [InlineData("worker")]
    [InlineData("older")]
    [InlineData("console")]
    [InlineData("blocking")]
    public async Task Start_Refused_EndsWithTheSentenceAndExitCodeOne(string kind)
    {
        using var authority = new TestAuthority();
        await using FakeCoordinator coordinator = await FakeCoordinator.StartAsync(authority);
        coordinator.Handler = _ => throw new RpcException(
            new Status(StatusCode.PermissionDenied, "marble verification failed: unknown marble type requested"));

        (int exitCode, string errors) = await RunAsync(kind, coordinator.Address);

        Assert.Equal(1, exitCode);
        string sentence = Assert.Single(
            errors.Split('\n', StringSplitOptions.RemoveEmptyEntries), l => l.Contains("refused", StringComparison.Ordinal));
        Assert.StartsWith(
            $"marblerun: The Coordinator at {coordinator.Address} refused to activate this Marble", sentence, StringComparison.Ordinal);
        Assert.Contains("It asked as type 'program'. Set EDG_MARBLE_TYPE", sentence, StringComparison.Ordinal);
        Assert.DoesNotContain("Unhandled exception", errors, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("web")]
    [InlineData("console")]
    public async Task Start_OptionsWrong_EndsWithTheSentenceAndExitCodeOne(string kind)
    {
        (int exitCode, string errors) = await RunAsync(kind, "127.0.0.1:1", marbleType: string.Empty);

        Assert.Equal(1, exitCode);
        Assert.Contains("marblerun: No Marble type is set", errors, StringComparison.Ordinal);
        Assert.DoesNotContain("Unhandled exception", errors, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("web")]
    [InlineData("worker")]
    [InlineData("older")]
    [InlineData("premain")]
    public async Task Start_OptionThatCannotBeRead_EndsWithOneLineAndExitCodeOne(string kind)
    {
        (int exitCode, string errors) = await RunAsync(kind, "127.0.0.1:1", environment: ("Marble__ActivationTimeout", "abc"));

        Assert.Equal(
            (1, "marblerun: Marble:ActivationTimeout is 'abc'; write a duration as hours:minutes:seconds, for instance 00:01:00.\n"),
            (exitCode, errors));
    }

    [Fact]
    public async Task Start_SettingsThatAreNoJson_EndWithTheFileAndTheLine()
    {
        string settings = _directory.File("appsettings.json");
        await File.WriteAllTextAsync(settings, "{\n  \"Marble\": oops\n}", Token);

        (int exitCode, string errors) = await RunAsync("premain", "127.0.0.1:1");

        Assert.Equal(1, exitCode);
        Assert.StartsWith($"marblerun: Failed to load configuration from file '{settings}'. ", errors, StringComparison.Ordinal);
        Assert.Contains("LineNumber: 1", errors, StringComparison.Ordinal);
        Assert.Single(errors.TrimEnd('\n').Split('\n'));
    }

    [Fact]
    public async Task Start_PortThatIsTaken_EndsWithTheAddressAndWhatToDo()
    {
        using var authority = new TestAuthority();
        await using FakeCoordinator coordinator = await FakeCoordinator.StartAsync(authority);
        using var other = new TcpListener(IPAddress.Loopback, 0);
        other.Start();

        (int exitCode, string errors) = await RunAsync($"web https://{other.LocalEndpoint}", coordinator.Address);

        Assert.Equal(1, exitCode);
        Assert.Contains(
            $"marblerun: Failed to bind to address https://{other.LocalEndpoint}: address already in use. Stop the process",
            errors,
            StringComparison.Ordinal);
        Assert.DoesNotContain("Unhandled exception", errors, StringComparison.Ordinal);
    }

    [Fact]
    public void Judge_FailureOfAnotherKind_IsLeftToThePlatform()
    {
        Assert.Null(StartFailures.Judge(new InvalidOperationException("of the app")));
        Assert.Null(StartFailures.Judge(new OptionsValidationException("x", typeof(string), ["of the app"])));
        Assert.Null(
            StartFailures.Judge(new AggregateException(new MarbleActivationException("one"), new InvalidOperationException("other"))));
        Assert.Null(StartFailures.Judge(null));
        Assert.Equal((1, "one"), StartFailures.Judge(new AggregateException(new MarbleActivationException("one"))));
        Assert.Equal((1, "no quote"), StartFailures.Judge(new AttestationException(AttestationFailure.IssuanceFailed, "no quote")));
    }

    private static string FreePort()
    {
        // Nothing listens there once it is closed.
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return listener.LocalEndpoint.ToString()!;
    }

    private static async Task<List<string>> ReadUntilAsync(StreamReader reader, string words)
    {
        List<string> lines = [];
        while (await reader.ReadLineAsync(Token) is { } line)
        {
            lines.Add(line);
            if (line.Contains(words, StringComparison.Ordinal))
            {
                return lines;
            }
        }

        throw new InvalidOperationException($"The program ended before it said '{words}': {string.Join('\n', lines)}");
    }

    private async Task<(int ExitCode, string Errors)> RunAsync(
        string kind, string coordinator, string marbleType = "program", (string Name, string Value) environment = default)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(Token);
        limit.CancelAfter(s_longestRun);
        using Process process = Start(kind, coordinator, marbleType, environment);
        Task<string> output = process.StandardOutput.ReadToEndAsync(limit.Token);
        string errors = await process.StandardError.ReadToEndAsync(limit.Token);
        await output;
        await process.WaitForExitAsync(limit.Token);
        return (process.ExitCode, errors);
    }

    private Process Start(string kind, string coordinator, string marbleType = "program", (string Name, string Value) environment = default)
    {
        // The program stands beside this one in the output of the build.
        var here = new DirectoryInfo(AppContext.BaseDirectory.TrimEnd(Path.DirectorySeparatorChar));
        string program = Path.Combine(here.Parent!.Parent!.FullName, "MarbleRun.TestProgram", here.Name, "MarbleRun.TestProgram.dll");
        var start = new ProcessStartInfo("dotnet", [program, .. kind.Split(' ')])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = _directory.Path,
        };
        start.Environment["EDG_MARBLE_COORDINATOR_ADDR"] = coordinator;
        start.Environment["EDG_MARBLE_TYPE"] = marbleType;
        start.Environment["EDG_MARBLE_UUID_FILE"] = _directory.File("uuid");
        start.Environment["DOTNET_DbgEnableMiniDump"] = "0";
        start.Environment["Logging__LogLevel__Default"] = "Information";
        if (environment.Name is { } name)
        {
            start.Environment[name] = environment.Value;
        }

        return Process.Start(start)!;
    }
}
