using MarbleRun.Coordinator.Hosting;
using MarbleRun.TestSupport;
using Microsoft.Extensions.Configuration;

namespace MarbleRun.Coordinator.Tests.Hosting;

public sealed class CommandLineTests
{
    [Fact]
    public void Parse_EveryOption_BecomesConfiguration()
    {
        Dictionary<string, string?> values = CommandLine.Parse(
            [
                "--simulation", "--require-quote", "--mesh-address", ":1", "--client-address=:2", "--dns-names", "a,b",
                "--seal-directory", "/x", "--Logging:LogLevel:Default=Debug",
            ]);

        Assert.Equal("True", values["Coordinator:Simulation"]);
        Assert.Equal("True", values["Coordinator:RequireQuote"]);
        Assert.Equal(":1", values["Coordinator:MeshAddress"]);
        Assert.Equal(":2", values["Coordinator:ClientAddress"]);
        Assert.Equal("a,b", values["Coordinator:DnsNames"]);
        Assert.Equal("/x", values["Coordinator:SealDirectory"]);
        Assert.Equal("Debug", values["Logging:LogLevel:Default"]);
    }

    [Theory]
    [InlineData("--simulaton")]
    [InlineData("--simulation=false")]
    [InlineData("simulation")]
    [InlineData("--Coordinator:Simulation")]
    public void Parse_UnknownArgument_IsRefusedWithWhatIsKnown(string argument)
    {
        CommandLineException exception = Assert.Throws<CommandLineException>(() => CommandLine.Parse([argument]));

        Assert.Contains($"'{argument}' is not an option", exception.Message, StringComparison.Ordinal);
        Assert.Contains("--simulation", exception.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--help")]
    [InlineData("-h")]
    [InlineData("--simulation", "--help")]
    public async Task Run_Help_ListsEveryOptionAndStartsNothing(params string[] arguments)
    {
        string program = Path.Combine(AppContext.BaseDirectory, "MarbleRun.Coordinator.dll");

        (int ExitCode, string Output)? run = await ExternalTool.TryRunAsync(
            "dotnet", [program, .. arguments], TestContext.Current.CancellationToken);

        Assert.Equal(0, run!.Value.ExitCode);
        Assert.StartsWith("The Coordinator of a MarbleRun mesh.", run.Value.Output, StringComparison.Ordinal);
        Assert.All(CommandLine.Options, option => Assert.Matches($@"(?m)^  {option.Name}\b.*\w", run.Value.Output));
        Assert.DoesNotContain("info:", run.Value.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void Parse_OptionWithoutValue_IsRefused()
    {
        CommandLineException exception = Assert.Throws<CommandLineException>(() => CommandLine.Parse(["--mesh-address"]));

        Assert.Equal("The option '--mesh-address' needs a value.", exception.Message);
    }

    [Fact]
    public void ReferenceVariables_ThatAreSet_StandOverTheFileButUnderTheCommandLine()
    {
        using var configuration = new ConfigurationManager();
        configuration.AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["Coordinator:MeshAddress"] = ":9",
            ["Coordinator:ClientAddress"] = ":9",
            ["EDG_COORDINATOR_MESH_ADDR"] = ":1",
            ["EDG_COORDINATOR_CLIENT_ADDR"] = ":2",
            ["EDG_COORDINATOR_DNS_NAMES"] = string.Empty,
            ["EDG_COORDINATOR_SEAL_DIR"] = "/seal",
            ["OE_SIMULATION"] = "1",
        });

        configuration.AddReferenceVariables();
        configuration.AddInMemoryCollection(CommandLine.Parse(["--client-address", ":3"]));

        Assert.Equal(":1", configuration["Coordinator:MeshAddress"]);
        Assert.Equal(":3", configuration["Coordinator:ClientAddress"]);
        Assert.Null(configuration["Coordinator:DnsNames"]);
        Assert.Equal("/seal", configuration["Coordinator:SealDirectory"]);
        Assert.Equal("True", configuration["Coordinator:Simulation"]);
    }

    [Theory]
    [InlineData("0")]
    [InlineData("")]
    [InlineData("true")]
    public void ReferenceVariables_OtherThanOne_DoNotAskForSimulation(string value)
    {
        using var configuration = new ConfigurationManager();
        configuration.AddInMemoryCollection(new Dictionary<string, string?> { ["OE_SIMULATION"] = value });

        configuration.AddReferenceVariables();

        Assert.Null(configuration["Coordinator:Simulation"]);
    }
}
