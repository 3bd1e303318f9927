using MarbleRun.TestSupport;

namespace MarbleRun.Cli.Tests.Manifests;

/// <summary>Fingerprints that MarbleRun's command line was seen to print.</summary>
public sealed class ManifestFingerprintTests
{
    [Theory]
    [InlineData("m.yaml", "a: \"<&>\"", "1fd2922c86d4c57a7a7d188c22deaa3d99d0c26ac8d58a3f487f6918d5ddaf9c")]
    [InlineData("m", "", "74234e98afe7498fb5daf1f36ac2d78acc339464f950703b8c019892f982b90b")]
    [InlineData("m.json", "{\"a\":1}", "015abd7f5cc57a2dd94b7590f04ad8084273905ee33ec5cebeae62276a97f862")]
    public async Task Signature_KnownContent_IsThatOfTheReference(string name, string content, string expected)
    {
        using var folder = new TemporaryDirectory();
        await File.WriteAllTextAsync(folder.File(name), content, TestContext.Current.CancellationToken);

        Transcript run = await Transcript.RunAsync("manifest", "signature", folder.File(name));

        Assert.Equal((0, expected + "\n", string.Empty), (run.ExitCode, run.Output, run.Error));
    }

    [Theory]
    [InlineData("b: 2\na: [yes, 0x10, 1.5, \"x\\ty\"]\n1: é\n", """{"1":"é","a":[true,16,1.5,"x\ty"],"b":2}""")]
    public async Task Signature_Yaml_IsThatOfItsCompactSortedJson(string yaml, string json)
    {
        using var folder = new TemporaryDirectory();
        await File.WriteAllTextAsync(folder.File("m.yaml"), yaml, TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(folder.File("m.json"), json, TestContext.Current.CancellationToken);

        Transcript first = await Transcript.RunAsync("manifest", "signature", folder.File("m.yaml"));
        Transcript second = await Transcript.RunAsync("manifest", "signature", folder.File("m.json"));

        Assert.Equal(second.Output, first.Output);
    }
}
