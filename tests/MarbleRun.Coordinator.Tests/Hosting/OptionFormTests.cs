using MarbleRun.TestSupport;

namespace MarbleRun.Coordinator.Tests.Hosting;

/// <summary>An option that cannot be read ends the program with one sentence that says what to write, and exit code 1.</summary>
public sealed class OptionFormTests : IDisposable
{
    private const string Duration = "write a duration as hours:minutes:seconds, for instance 00:01:00";
    private const string Levels = "write Trace, Debug, Information, Warning, Error, Critical or None";

    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Theory]
    [InlineData("Coordinator:Limits:RequestTimeout", "abc", Duration)]
    [InlineData("Coordinator:Authority:MarbleCertificateLifetime", "1y", Duration)]
    [InlineData("Coordinator:Limits:Connections:MaxHandshakeBytes", "abc", "write a whole number")]
    [InlineData("Coordinator:MaxRequestBodySize", "99999999999999999999", "write a smaller whole number")]
    [InlineData("Coordinator:Limits:Connections:MaxHandshakeBytes", "3000000000", "write a smaller whole number")]
    [InlineData("Coordinator:RequireQuote", "maybe", "write true or false")]
    [InlineData("Coordinator:LogFormat", "xml", "write Console or Json")]
    [InlineData("Coordinator:TeeBackend", "sgx", "write Automatic, Gramine, Occlum, Mystikos, ConfigFsTsm or SevGuest")]
    [InlineData("Coordinator:Authority:KeyAlgorithm", "rsa", "write EcdsaP256 or EcdsaP384")]
    [InlineData("Logging:LogLevel:Default", "Loud", Levels)]
    [InlineData("Logging:Console:LogLevel:MarbleRun", "7up", Levels)]
    public async Task Start_WithAValueThatCannotBeRead_SaysWhatToWrite(string option, string value, string form)
    {
        (int exitCode, string output) = await RunAsync("Production", $"--{option}={value}");

        Assert.Equal(1, exitCode);
        Assert.Equal($"crit: MarbleRun.Coordinator[1010]\n      The Coordinator cannot start: {option} is '{value}'; {form}.\n", output);
    }

    [Fact]
    public async Task Start_WithSettingsThatAreNoJson_NamesTheFileAndTheLine()
    {
        string environment = $"Test{Guid.NewGuid():n}";
        string settings = Path.Combine(AppContext.BaseDirectory, $"appsettings.{environment}.json");
        await File.WriteAllTextAsync(settings, "{\n  oops\n}", TestContext.Current.CancellationToken);
        try
        {
            (int exitCode, string output) = await RunAsync(environment);

            Assert.Equal(1, exitCode);
            Assert.StartsWith(
                $"crit: MarbleRun.Coordinator[1010]\n      The Coordinator cannot start: Failed to load configuration from file "
                + $"'{settings}'. ",
                output,
                StringComparison.Ordinal);
            Assert.Contains("LineNumber: 1", output, StringComparison.Ordinal);
            Assert.Equal(2, output.TrimEnd('\n').Split('\n').Length);
        }
        finally
        {
            File.Delete(settings);
        }
    }

    private async Task<(int ExitCode, string Output)> RunAsync(string environment, params string[] arguments)
    {
        string[] all =
        [
            $"ASPNETCORE_ENVIRONMENT={environment}",
            "DOTNET_DbgEnableMiniDump=0",
            "dotnet",
            Path.Combine(AppContext.BaseDirectory, "MarbleRun.Coordinator.dll"),
            "--seal-directory",
            _directory.File("seal"),
            "--mesh-address",
            "127.0.0.1:0",
            "--client-address",
            "127.0.0.1:0",
            .. arguments,
        ];
        (int ExitCode, string Output)? run = await ExternalTool.TryRunAsync("env", all, TestContext.Current.CancellationToken);
        Assert.NotNull(run);
        return run.Value;
    }
}
