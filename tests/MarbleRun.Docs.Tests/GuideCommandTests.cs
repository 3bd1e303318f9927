using System.Security.Cryptography;
using MarbleRun.Attestation;
using MarbleRun.Attestation.Simulation;
using MarbleRun.Docs.Tests.Commands;
using MarbleRun.Docs.Tests.Markdown;
using MarbleRun.TestSupport;
using MarbleRun.TestSupport.Markdown;

namespace MarbleRun.Docs.Tests;

/// <summary>Commands of the documents that need nothing but the command line or openssl, run unchanged.</summary>
public sealed class GuideCommandTests : IDisposable
{
    private const string CommandLine = "dotnet run --project src/MarbleRun.Cli -- ";

    private readonly TemporaryDirectory _directory = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task Check_OfTheReadme_AcceptsManifestAndQuote()
    {
        string[] commands = [.. CommandLines.Of(Part("README.md", "check"))];
        Assert.Equal(2, commands.Length);
        await WriteQuoteAsync();

        (int ExitCode, string Output) manifest = await RunAsync(commands[0]);
        (int ExitCode, string Output) simulated = await RunAsync(commands[1]);
        (int ExitCode, string Output) trusted = await RunAsync(commands[1] + " --trusted-root root.pem");

        Assert.Equal((0, "manifest.json: no errors, no warnings\n"), manifest);
        Assert.Equal(3, simulated.ExitCode);
        Assert.Contains("chain.root", simulated.Output, StringComparison.Ordinal);
        Assert.True(trusted.ExitCode == 0, trusted.Output);
    }

    [Fact]
    public async Task Check_OfTheManifestGuide_Succeeds()
    {
        foreach (string command in CommandLines.Of(Part("docs/manifest.md", "check")))
        {
            (int exitCode, string output) = await RunAsync(command, RepositoryFiles.Root);

            Assert.Contains("no errors, no warnings", output, StringComparison.Ordinal);
            Assert.Equal(0, exitCode);
        }
    }

    [Fact]
    public async Task Decrypt_OfTheRecoveryGuide_GivesTheSecret()
    {
        Assert.SkipUnless(File.Exists("/bin/bash"), "The guide's commands need a shell.");
        byte[] secret = RandomNumberGenerator.GetBytes(33);
        using var party = RSA.Create(2048);
        await File.WriteAllTextAsync(_directory.File("party.pem"), party.ExportPkcs8PrivateKeyPem(), Cancellation);
        await File.WriteAllBytesAsync(
            _directory.File("secret.encrypted"), party.Encrypt(secret, RSAEncryptionPadding.OaepSHA256), Cancellation);

        await RunToolAsync("/bin/bash", "-euc", $"cd '{_directory.Path}'\n{Part("docs/recovery.md", "decrypt").Content}");

        Assert.Equal(secret, await File.ReadAllBytesAsync(_directory.File("secret"), Cancellation));
    }

    private static CodeBlock Part(string file, string part) => Documents.Blocks.Single(b => b.File == file && b.Part == part);

    /// <summary>A manifest, a quote of the simulation and what must be known about it, under the names of the README.</summary>
    private async Task WriteQuoteAsync()
    {
        File.Copy(Path.Combine(RepositoryFiles.Root, "samples", "manifests", "minimal.json"), _directory.File("manifest.json"));
        var platform = SimulationPlatform.Open(_directory.File("simulation"));
        Quote quote = await platform.CreateIssuer(platform.MeasureRunningProcess()).IssueAsync(default, Cancellation);
        await File.WriteAllBytesAsync(_directory.File("quote.bin"), quote.RawData, Cancellation);
        await File.WriteAllBytesAsync(_directory.File("collateral.json"), platform.CreateCollateral().ToJson(), Cancellation);
        await File.WriteAllTextAsync(_directory.File("root.pem"), platform.TrustAnchor.ToPem(), Cancellation);
    }

    /// <summary>Runs the command line that was built, in the place of building it again.</summary>
    private async Task<(int ExitCode, string Output)> RunAsync(string command, string? folder = null)
    {
        Assert.StartsWith(CommandLine, command, StringComparison.Ordinal);
        string program =
            $"cd '{folder ?? _directory.Path}'\ndotnet '{Path.Combine(AppContext.BaseDirectory, "marblerun.dll")}' "
            + $"{command[CommandLine.Length..]}";
        return await ExternalTool.TryRunAsync("/bin/bash", ["-euc", program], Cancellation)
            ?? throw new InvalidOperationException("There is no shell.");
    }

    private static async Task RunToolAsync(string program, params string[] arguments)
    {
        (int exitCode, string output) = await ExternalTool.TryRunAsync(program, arguments, Cancellation)
            ?? throw new InvalidOperationException($"There is no {program}.");
        Assert.True(exitCode == 0, output);
    }
}
