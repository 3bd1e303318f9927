using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace MarbleRun.Testing.Tests;

/// <summary>What the manifest gives to a Marble is that Marble's alone, also in one process with others.</summary>
public sealed class ParameterTests : QuickstartTest
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Worker_BeforeOrAfterAddMarble_ActivatesAndReadsItsConfiguration(bool before)
    {
        HostApplicationBuilder builder = Host.CreateApplicationBuilder();
        builder.Logging.ClearProviders();
        TestMarble marble = null!;
        if (before)
        {
            marble = Configure();
        }

        builder.Services.AddMarble(o =>
        {
            o.MarbleType = "overruled by the mesh";
            o.FileRoots.Add("/etc/worker");
            o.FileRoots.Add("notes");
        });
        if (!before)
        {
            marble = Configure();
        }

        using IHost host = builder.Build();
        Assert.Empty(marble.Environment);
        await host.StartAsync(Token);

        IConfiguration configuration = host.Services.GetRequiredService<IConfiguration>();
        Assert.Equal("worker", marble.Identity.MarbleType);
        Assert.Equal("Hello", configuration["GREETING"]);
        Assert.Equal(marble.Environment["Worker__Key"], configuration["Worker:Key"]);
        Assert.Equal("Hello from a file", await File.ReadAllTextAsync(configuration["GreetingFile"]!, Token));
        Assert.Same(Mesh.Clock, host.Services.GetRequiredService<TimeProvider>());
        await host.StopAsync(Token);

        TestMarble Configure() => Mesh.ConfigureMarble(builder, "worker", m =>
        {
            m.Configuration["GREETING"] = "the manifest wins over this";
            m.Configuration["GreetingFile"] = m.GetFile("/etc/worker/greeting");
        });
    }

    [Fact]
    public async Task Host_WithoutAddMarble_DoesNotStartAndSaysWhatIsMissing()
    {
        HostApplicationBuilder builder = Host.CreateApplicationBuilder();
        builder.Logging.ClearProviders();
        Mesh.ConfigureMarble(builder, "worker");
        using IHost host = builder.Build();

        InvalidOperationException exception = await Assert.ThrowsAsync<InvalidOperationException>(() => host.StartAsync(Token));

        Assert.Contains("Call builder.Services.AddMarble()", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Parameters_OfTwoMarbles_AreApartFromEachOtherAndFromTheProcess()
    {
        TestMarbleClient first = await Mesh.ActivateAsync("worker", Token);
        TestMarbleClient second = await Mesh.ActivateAsync("worker", Token);

        Assert.NotEqual(first.Identity.Id, second.Identity.Id);
        Assert.NotEqual(first.Environment["Worker__Key"], second.Environment["Worker__Key"]);
        Assert.Null(Environment.GetEnvironmentVariable("Worker__Key"));
        Assert.Null(Environment.GetEnvironmentVariable("MARBLE_PREDEFINED_PRIVATE_KEY"));
        Assert.NotEqual(first.GetFile("/etc/worker/greeting"), second.GetFile("/etc/worker/greeting"));
        Assert.False(File.Exists("/etc/worker/greeting"));
    }

    [Fact]
    public async Task Files_FullAndRelativePaths_AreFoundUnderTheNamesOfTheManifest()
    {
        TestMarbleClient marble = await Mesh.ActivateAsync("worker", Token);

        Assert.Equal("Hello from a file", await File.ReadAllTextAsync(marble.GetFile("/etc/worker/greeting"), Token));
        Assert.Equal("relative", await File.ReadAllTextAsync(marble.GetFile("notes/relative"), Token));
        Assert.Equal(marble.GetFile("notes/relative"), marble.Files[Path.GetFullPath("notes/relative")]);
        Assert.Equal(2, marble.Files.Count);
    }
}
