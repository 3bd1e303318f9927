using System.Text;
using System.Text.Json;
using MarbleRun.Manifests;
using MarbleRun.Manifests.Reading;
using MarbleRun.TestSupport;

namespace MarbleRun.Cli.Tests.Manifests;

/// <summary>YAML becomes the JSON that a Coordinator takes.</summary>
public sealed class ManifestConvertTests
{
    private const string Yaml = """
        # a comment
        Packages:
          backend: { UniqueID: abababababababababababababababababababababababababababababababab }
        Marbles:
          backend:
            Package: backend
            MaxActivations: 3
            Parameters:
              Env:
                TEXT: |
                  two <lines> & "more"
                  über
                NUMBER: "1"
        """;

    [Fact]
    public async Task Convert_Yaml_WritesJsonThatIsTheSameManifest()
    {
        using var folder = new TemporaryDirectory();
        string file = folder.File("manifest.yaml");
        await File.WriteAllTextAsync(file, Yaml, TestContext.Current.CancellationToken);

        Transcript run = await Transcript.RunAsync("manifest", "convert", file);
        await File.WriteAllTextAsync(folder.File("manifest.json"), run.Output, TestContext.Current.CancellationToken);
        Transcript check = await Transcript.RunAsync("manifest", "check", folder.File("manifest.json"));

        Assert.Equal((0, string.Empty), (run.ExitCode, run.Error));
        Assert.EndsWith("}\n", run.Output, StringComparison.Ordinal);
        Assert.Contains("\"TEXT\": \"two <lines> & \\\"more\\\"\\nüber\\n\"", run.Output, StringComparison.Ordinal);
        Manifest manifest = ManifestParser.Parse(Encoding.UTF8.GetBytes(run.Output));
        Assert.Equal(3UL, (ulong)manifest.Marbles["backend"].MaxActivations);
        Assert.Equal(0, check.ExitCode);
    }

    [Fact]
    public async Task Convert_EverySampleInYaml_IsAcceptedAsJson()
    {
        using var folder = new TemporaryDirectory();
        int samples = 0;
        foreach (string sample in RepositoryFiles.SampleManifests.Where(s => s.EndsWith(".yaml", StringComparison.Ordinal)))
        {
            string json = folder.File("manifest.json");

            Transcript run = await Transcript.RunAsync("manifest", "convert", sample, "--out", json);

            Assert.Equal((0, string.Empty), (run.ExitCode, run.Output + run.Error));
            Assert.Equal(
                (await Transcript.RunAsync("manifest", "check", sample)).ExitCode,
                (await Transcript.RunAsync("manifest", "check", json)).ExitCode);
            samples++;
        }

        Assert.NotEqual(0, samples);
    }

    [Fact]
    public async Task Convert_NumbersAndDepth_StayAsTheyAre()
    {
        using var folder = new TemporaryDirectory();
        string file = folder.File("manifest.yaml");
        await File.WriteAllTextAsync(file, "a: 18446744073709551615\nb: 0.1\nc: [true, null, ~]\n", TestContext.Current.CancellationToken);

        using var document = JsonDocument.Parse((await Transcript.RunAsync("manifest", "convert", file)).Output);

        Assert.Equal("18446744073709551615", document.RootElement.GetProperty("a").GetRawText());
        Assert.Equal("0.1", document.RootElement.GetProperty("b").GetRawText());
        Assert.Equal(3, document.RootElement.GetProperty("c").GetArrayLength());
    }

    [Theory]
    [InlineData("manifest.json", "{}", 2, "is JSON already")]
    [InlineData("manifest", " {}", 2, "is JSON already")]
    [InlineData("manifest.yaml", "a: [", 1, "manifest.yaml:")]
    [InlineData("manifest.yaml", "a: 1\na: 2\n", 1, "manifest.yaml:2")]
    [Trait("Security", "E9")]
    public async Task Convert_WhatIsNoYaml_IsRefusedWithThePlace(string name, string content, int exitCode, string expected)
    {
        using var folder = new TemporaryDirectory();
        await File.WriteAllTextAsync(folder.File(name), content, TestContext.Current.CancellationToken);

        Transcript run = await Transcript.RunAsync("manifest", "convert", folder.File(name));

        Assert.Equal((exitCode, string.Empty), (run.ExitCode, run.Output));
        Assert.Contains(expected, run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Convert_OutThatIsAFolder_SaysSo()
    {
        using var folder = new TemporaryDirectory();
        string file = folder.File("manifest.yaml");
        await File.WriteAllTextAsync(file, Yaml, TestContext.Current.CancellationToken);

        Transcript run = await Transcript.RunAsync("manifest", "convert", file, "--out", folder.Path);

        Assert.Equal((2, $"Error: {folder.Path} is a folder. Specify a file.\n"), (run.ExitCode, run.Error));
    }
}
