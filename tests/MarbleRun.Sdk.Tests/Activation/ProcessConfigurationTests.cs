using MarbleRun.TestSupport;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Options;

namespace MarbleRun.Tests.Activation;

/// <summary>A program without a host reads the files that the sentences about wrong options advise to write into.</summary>
public sealed class ProcessConfigurationTests : IDisposable
{
    private readonly TemporaryDirectory _working = new();
    private readonly TemporaryDirectory _program = new();

    public void Dispose()
    {
        _working.Dispose();
        _program.Dispose();
    }

    [Fact]
    public void ReadProcess_FilesOfTheWorkingDirectory_GiveTheOptions()
    {
        Write(_working, "appsettings.json", "orders");
        Write(_program, "appsettings.json", "other");

        Assert.Equal("orders", ReadType());
    }

    [Fact]
    public void ReadProcess_NoFileInTheWorkingDirectory_TakesTheOneBesideTheProgram()
    {
        Write(_program, "appsettings.json", "orders");

        Assert.Equal("orders", ReadType());
    }

    [Theory]
    [InlineData("DOTNET_ENVIRONMENT")]
    [InlineData("ASPNETCORE_ENVIRONMENT")]
    public void ReadProcess_FileOfTheEnvironment_WinsOverTheOther(string variable)
    {
        Write(_working, "appsettings.json", "orders");
        Write(_working, "appsettings.Production.json", "of production");
        Write(_working, "appsettings.Staging.json", "of staging");

        Assert.Equal("of production", ReadType());
        Assert.Equal("of staging", ReadType(name => name == variable ? "Staging" : null));
    }

    [Fact]
    public void ReadProcess_EnvironmentThatIsAPath_LeadsToAnotherFile()
    {
        // Why a manifest may not set such a name: the file would be its own, and say what its variables may not.
        Directory.CreateDirectory(_working.File("data"));
        Write(_working, "appsettings.json", "orders");
        Write(_working, "data/evil.json", "evil");

        Assert.Equal("evil", ReadType(name => name == "DOTNET_ENVIRONMENT" ? "x/../data/evil" : null));
    }

    [Fact]
    public void ReadProcess_FileThatIsNoJson_IsNamed()
    {
        File.WriteAllText(_working.File("appsettings.json"), "{");

        OptionsValidationException exception = Assert.Throws<OptionsValidationException>(() => ReadType());

        Assert.Contains("appsettings.json", exception.Message, StringComparison.Ordinal);
    }

    private static void Write(TemporaryDirectory directory, string file, string marbleType) =>
        File.WriteAllText(directory.File(file), $$"""{ "Marble": { "MarbleType": "{{marbleType}}" } }""");

    private string ReadType(Func<string, string?>? read = null)
    {
        var options = new MarbleOptions();
        IConfiguration configuration = MarbleOptionsSource.ReadProcess(_working.Path, _program.Path, read ?? (_ => null));
        MarbleOptionsSource.ReadSection(configuration, options);
        return options.MarbleType;
    }
}
