using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using MarbleRun.TestSupport;

namespace MarbleRun.Cli.Tests.EndToEnd;

/// <summary>A command that waits for a server which never answers is ended by a signal.</summary>
public sealed class InterruptionTests : IDisposable
{
    private readonly TemporaryDirectory _folder = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("INT", 130)]
    [InlineData("TERM", 143)]
    public async Task Status_OfASilentServer_EndsWithTheCodeOfTheSignal(string signal, int exitCode)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "There are no signals.");

        Assert.Equal(exitCode, await EndAsync(signal, "status"));
    }

    /// <summary>A file of recovery data from an earlier run is not lost, and no half file stays.</summary>
    [Theory]
    [InlineData("INT", 130)]
    [InlineData("TERM", 143)]
    public async Task ManifestSet_BeforeTheManifestIsSent_LeavesTheEarlierFile(string signal, int exitCode)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "There are no signals.");
        await File.WriteAllTextAsync(_folder.File("recovery.json"), "earlier", Cancellation);
        await File.WriteAllTextAsync(_folder.File("manifest.json"), "{}", Cancellation);

        Assert.Equal(exitCode, await EndAsync(signal, "manifest", "set", "manifest.json", "--recoverydata", "recovery.json"));

        Assert.Equal("earlier", await File.ReadAllTextAsync(_folder.File("recovery.json"), Cancellation));
        Assert.Equal(
            ["manifest.json", "recovery.json"],
            Directory.GetFiles(_folder.Path).Select(f => Path.GetFileName(f)!).Order(StringComparer.Ordinal));
    }

    /// <summary>The request was sent, so that the command cannot know what the Coordinator does with it.</summary>
    [Theory]
    [InlineData("INT", 130, "set", "whether the manifest was set. Find out with: marblerun manifest verify manifest.json ADDR.")]
    [InlineData("INT", 130, "update apply", "accepted. Find out with: marblerun manifest update get --missing ADDR (if it is pending)")]
    [InlineData("TERM", 143, "update acknowledge", "whether the acknowledgment was accepted. Find out with: marblerun manifest update get")]
    public async Task Manifest_AfterItWasSent_SaysThatTheOutcomeIsUnknown(string signal, int exitCode, string command, string expected)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "There are no signals.");
        using var authority = new TestAuthority();
        await using FakeClientApi api = await FakeClientApi.StartAsync(authority);
        var sent = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        string path = command switch
        {
            "set" => "manifest",
            "update apply" => "update",
            _ => "update-manifest",
        };
        api.Overrides[$"/api/v2/{path}"] = async context =>
        {
            sent.TrySetResult();
            await Task.Delay(Timeout.Infinite, context.RequestAborted).ContinueWith(_ => { }, TaskScheduler.Default);
        };
        await File.WriteAllTextAsync(_folder.File("manifest.json"), "{}", Cancellation);
        await File.WriteAllTextAsync(_folder.File("recovery.json"), "earlier", Cancellation);
        string[] user = [];
        if (command != "set")
        {
            WriteUser();
            user = ["--cert", "user.pem", "--key", "user.key"];
        }

        using Process process = Start(
            signal,
            [
                "manifest", .. command.Split(' '), "manifest.json", api.Address, "--insecure",
                "--nonce", "n", "-r", "recovery.json", .. user,
            ]);
        Task<string> output = process.StandardOutput.ReadToEndAsync(Cancellation);
        Task<string> error = process.StandardError.ReadToEndAsync(Cancellation);
        await Task.WhenAny(sent.Task, process.WaitForExitAsync(Cancellation));
        Assert.True(sent.Task.IsCompleted, process.HasExited ? await error : "Nothing was sent.");
        await ExternalTool.TryRunAsync("/bin/kill", [$"-{signal}", $"{process.Id}"], Cancellation);
        await process.WaitForExitAsync(Cancellation);

        Assert.Equal(exitCode, process.ExitCode);
        Assert.Contains(expected.Replace("ADDR", api.Address, StringComparison.Ordinal), await error, StringComparison.Ordinal);
        Assert.Contains(
            "Error: The command was interrupted before the Coordinator answered. It is unknown ", await error, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", await error, StringComparison.Ordinal);
        Assert.DoesNotContain("successfully set", await output, StringComparison.Ordinal);
        Assert.Equal("earlier", await File.ReadAllTextAsync(_folder.File("recovery.json"), Cancellation));
        Assert.Empty(Directory.GetFiles(_folder.Path, "*.tmp"));
    }

    private void WriteUser()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using X509Certificate2 certificate = new CertificateRequest("CN=user", key, HashAlgorithmName.SHA256)
            .CreateSelfSigned(DateTimeOffset.UtcNow.AddMinutes(-1), DateTimeOffset.UtcNow.AddDays(1));
        File.WriteAllText(_folder.File("user.pem"), certificate.ExportCertificatePem());
        File.WriteAllText(_folder.File("user.key"), key.ExportPkcs8PrivateKeyPem());
    }

    /// <summary>Runs a command of the address of the server, and ends it once it is connected.</summary>
    private async Task<int> EndAsync(string signal, params string[] command)
    {
        using var server = new TcpListener(IPAddress.Loopback, 0);
        server.Start();

        using Process process = Start(signal, [.. command, $"{server.LocalEndpoint}", "--insecure"]);
        Task<string> output = process.StandardOutput.ReadToEndAsync(Cancellation);
        Task<string> error = process.StandardError.ReadToEndAsync(Cancellation);
        using TcpClient connection = await server.AcceptTcpClientAsync(Cancellation);

        await ExternalTool.TryRunAsync("/bin/kill", [$"-{signal}", $"{process.Id}"], Cancellation);
        await process.WaitForExitAsync(Cancellation);

        Assert.Equal(string.Empty, await output);
        Assert.Equal("Error: The command was interrupted.", (await error).TrimEnd('\n').Split('\n')[^1]);
        Assert.DoesNotContain("   at ", await error, StringComparison.Ordinal);
        return process.ExitCode;
    }

    /// <summary>A test run in the background ignores SIGINT, which its children would inherit.</summary>
    private Process Start(string signal, string[] arguments) => Process.Start(new ProcessStartInfo(
        "env", [$"--default-signal={signal}", "dotnet", typeof(CommandLine).Assembly.Location, .. arguments])
    {
        WorkingDirectory = _folder.Path,
        RedirectStandardOutput = true,
        RedirectStandardError = true,
    })!;
}
