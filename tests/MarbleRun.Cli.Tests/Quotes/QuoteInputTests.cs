namespace MarbleRun.Cli.Tests.Quotes;

/// <summary>What the user names wrongly ends with 2 and a message; what the evidence does wrong ends with 3 and a verdict.</summary>
public sealed class QuoteInputTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("marblerun-cli-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("quote", "verify", "missing.bin")]
    [InlineData("quote", "show", "missing.bin")]
    public async Task Run_MissingFile_EndsWith2AndNamesIt(params string[] args)
    {
        Transcript run = await Transcript.RunAsync(args);

        Assert.Equal(2, run.ExitCode);
        Assert.StartsWith("Error: The evidence missing.bin can't be read: ", run.Error, StringComparison.Ordinal);
        Assert.Empty(run.Output);
    }

    [Theory]
    [InlineData("quote")]
    [InlineData("quote", "verify")]
    [InlineData("quote", "judge")]
    [InlineData("quote", "verify", "a", "--colateral", "b")]
    public async Task Run_WrongArguments_EndsWith2(params string[] args)
    {
        Transcript run = await Transcript.RunAsync(args);

        Assert.Equal(2, run.ExitCode);
        Assert.StartsWith("Error: ", run.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--at", "yesterday")]
    [InlineData("--collateral", "missing.json")]
    [InlineData("--trusted-root", "missing.der")]
    public async Task Verify_UnreadableOption_EndsWith2AndNamesIt(string option, string value)
    {
        Transcript run = await Transcript.RunAsync("quote", "verify", Write("quote.bin", [1, 2, 3]), option, value);

        Assert.Equal(2, run.ExitCode);
        Assert.Contains(value, run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Verify_CollateralThatIsNoJson_EndsWith2()
    {
        Transcript run = await Transcript.RunAsync(
            "quote", "verify", Write("quote.bin", [1]), "--collateral", Write("collateral.json", "{"u8));

        Assert.Equal(2, run.ExitCode);
    }

    [Fact]
    public async Task Verify_TrustedRootThatIsNoCertificate_EndsWith2()
    {
        Transcript run = await Transcript.RunAsync(
            "quote", "verify", Write("quote.bin", [1]), "--trusted-root", Write("root.der", [0x30, 0]));

        Assert.Equal(2, run.ExitCode);
        Assert.Contains("is not a root certificate", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Verify_Junk_EndsWith3AndSaysWhatIsWrong()
    {
        Transcript run = await Transcript.RunAsync("quote", "verify", Write("quote.bin", new byte[100]));

        Assert.Equal(3, run.ExitCode);
        Assert.StartsWith(
            "Rejected (Malformed)\n  FAIL quote.structure: expected quote version 3, 4 or 5, found version 0\n",
            run.Output,
            StringComparison.Ordinal);
    }

    private string Write(string name, ReadOnlySpan<byte> content)
    {
        string path = Path.Combine(_folder, name);
        File.WriteAllBytes(path, content);
        return path;
    }
}
