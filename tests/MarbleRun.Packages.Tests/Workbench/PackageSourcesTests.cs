using System.Text.Json.Nodes;
using System.Xml.Linq;
using MarbleRun.TestSupport;

namespace MarbleRun.Packages.Tests.Workbench;

/// <summary>Which sources the tests use, on a plain machine, with a mirror, and after Getting started.</summary>
public sealed class PackageSourcesTests(PackageFeed feed)
{
    private const string NuGet = "https://api.nuget.org/v3/index.json";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(NuGet)]
    [InlineData("https://packages.example/v3/index.json", "http://127.0.0.1:8081/nuget/index.json")]
    public void Read_OfARestore_HasItsSources(params string[] sources) => Assert.Equal(sources, PackageSources.Read(Assets(sources)));

    [Fact]
    public void Read_AfterGettingStarted_LeavesOutTheFeedOfMarbleRun()
    {
        using var folder = new TemporaryDirectory();
        string ours = Directory.CreateDirectory(folder.File("ours")).FullName;
        string mirror = Directory.CreateDirectory(folder.File("mirror")).FullName;
        File.WriteAllText(Path.Combine(ours, "MarbleRun.Sdk.0.1.0.nupkg"), string.Empty);
        File.WriteAllText(Path.Combine(mirror, "polly.core.8.0.0.nupkg"), string.Empty);

        Assert.Equal([NuGet, mirror], PackageSources.Read(Assets(NuGet, ours, mirror)));
    }

    [Fact]
    public void ToConfiguration_WithAnAddressWithoutTls_AllowsItThere()
    {
        XElement[] sources = [.. XElement.Parse(PackageSources.ToConfiguration([NuGet, "http://127.0.0.1:8081/index.json"]))
            .Element("packageSources")!
            .Elements()];

        Assert.Equal(["clear", "add", "add"], sources.Select(s => s.Name.LocalName));
        Assert.Equal([NuGet, "http://127.0.0.1:8081/index.json"], sources.Skip(1).Select(s => (string?)s.Attribute("value")));
        Assert.Equal([null, "true"], sources.Skip(1).Select(s => (string?)s.Attribute("allowInsecureConnections")));
    }

    /// <summary>A user who followed Getting started has a source of the name that the tests add.</summary>
    [Fact]
    public async Task Terminals_WhateverSourcesTheUserAdded_HaveThoseOfTheRestoreAlone()
    {
        foreach (Terminal terminal in (Terminal[])[feed.User, feed.Newcomer, feed.NewHome("sources")])
        {
            string home = terminal.Environment["HOME"];
            string list = await terminal.RunAsync("dotnet nuget list source --format short", Cancellation);
            string[] expected = [.. PackageFeed.PublicSources, .. terminal == feed.User ? Array.Empty<string>() : [PackageFeed.Path]];

            Assert.NotEqual(Environment.GetEnvironmentVariable("HOME"), home);
            Assert.Equal(home, terminal.Environment["DOTNET_CLI_HOME"]);
            Assert.Equal(expected, list.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.Split(' ', 2)[1]));
        }
    }

    private static string Assets(params string[] sources) => new JsonObject
    {
        ["project"] = new JsonObject
        {
            ["restore"] = new JsonObject
            {
                ["sources"] = new JsonObject(sources.Select(s => KeyValuePair.Create(s, (JsonNode?)new JsonObject()))),
            },
        },
    }.ToJsonString();
}
