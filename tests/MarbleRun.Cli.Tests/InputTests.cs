using System.Diagnostics;
using MarbleRun.TestSupport;

namespace MarbleRun.Cli.Tests;

/// <summary>What the user names in the place of a file, and what is said without any command.</summary>
public sealed class InputTests
{
    [Theory]
    [InlineData("manifest", "check", "The manifest")]
    [InlineData("manifest", "convert", "The manifest")]
    [InlineData("quote", "show", "The evidence")]
    [InlineData("quote", "verify", "The evidence")]
    public async Task Run_Folder_IsCalledAFolder(string group, string command, string what)
    {
        using var folder = new TemporaryDirectory();

        Transcript run = await Transcript.RunAsync(group, command, folder.Path);

        Assert.Equal((2, $"Error: {what} {folder.Path} is a folder. Specify a file.\n"), (run.ExitCode, run.Error));
    }

    [Theory]
    [InlineData("{\"Marbles\":{}}", 1, "-: 2 errors, no warnings\n", "manifest", "check", "-")]
    [InlineData("a: 1\n", 0, "{\n  \"a\": 1\n}\n", "manifest", "convert", "-")]
    public async Task Run_Hyphen_ReadsStandardInput(string input, int exitCode, string lastOutput, params string[] args)
    {
        (int ExitCode, string Output, string Error) run = await RunProcessAsync(input, args);

        Assert.Equal((exitCode, string.Empty), (run.ExitCode, run.Error));
        Assert.EndsWith(lastOutput, run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Run_HyphenTwice_SaysThatItCanBeReadOnce()
    {
        (int ExitCode, string Output, string Error) run = await RunProcessAsync(
            "{\"Packages\":{}}", "manifest", "verify-signature", "-", "-", "--owner-key", "-");

        Assert.Equal((2, "Error: Standard input can be read only once: specify a file for the signatures.\n"), (run.ExitCode, run.Error));
    }

    [Fact]
    public async Task Run_EncryptedKeyWithoutATerminal_NamesTheOption()
    {
        using var folder = new TemporaryDirectory();
        using var key = System.Security.Cryptography.ECDsa.Create(System.Security.Cryptography.ECCurve.NamedCurves.nistP256);
        var parameters = new System.Security.Cryptography.PbeParameters(
            System.Security.Cryptography.PbeEncryptionAlgorithm.Aes256Cbc, System.Security.Cryptography.HashAlgorithmName.SHA256, 1000);
        await File.WriteAllTextAsync(folder.File("m.json"), "{\"Packages\":{}}", TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(
            folder.File("key.pem"), key.ExportEncryptedPkcs8PrivateKeyPem("secret", parameters), TestContext.Current.CancellationToken);

        (int ExitCode, string Output, string Error) run = await RunProcessAsync(
            "secret\n", "manifest", "sign", folder.File("m.json"), "--key", folder.File("key.pem"));

        Assert.Equal(2, run.ExitCode);
        Assert.Contains(
            "there is no terminal to ask for its password. Specify a file with --password-file.", run.Error, StringComparison.Ordinal);
    }

    /// <summary>What a shell writes as <c>&lt;(command)</c>: the user waits for the command.</summary>
    [Fact]
    public async Task Run_Fifo_IsReadToItsEnd()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Pipes have other names there.");
        using var folder = new TemporaryDirectory();
        string pipe = folder.File("FIFO");
        Assert.Equal(0, (await ExternalTool.TryRunAsync("mkfifo", [pipe], TestContext.Current.CancellationToken))?.ExitCode);
        Task writing = ExternalTool.TryRunAsync("sh", ["-c", "echo 'a: 1' > \"$0\"", pipe], TestContext.Current.CancellationToken);

        Transcript run = await Transcript.RunAsync("manifest", "convert", pipe);

        Assert.Equal((0, "{\n  \"a\": 1\n}\n"), (run.ExitCode, run.Output));
        await writing;
    }

    [Theory]
    [InlineData]
    [InlineData("--help")]
    [InlineData("-h")]
    public async Task Run_WithoutACommandOrForHelp_ListsTheCommandsAndEndsWith0(params string[] args)
    {
        Transcript run = await Transcript.RunAsync(args);

        Assert.Equal((0, string.Empty), (run.ExitCode, run.Error));
        Assert.All(["manifest", "quote", "audit"], command => Assert.Contains($"  {command} ", run.Output, StringComparison.Ordinal));
    }

    private static async Task<(int ExitCode, string Output, string Error)> RunProcessAsync(string input, params string[] args)
    {
        var start = new ProcessStartInfo("dotnet", [typeof(CommandLine).Assembly.Location, .. args])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using Process process = Process.Start(start)!;
        await process.StandardInput.WriteAsync(input);
        process.StandardInput.Close();
        Task<string> error = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        string output = await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        return (process.ExitCode, output.ReplaceLineEndings("\n"), (await error).ReplaceLineEndings("\n"));
    }
}
