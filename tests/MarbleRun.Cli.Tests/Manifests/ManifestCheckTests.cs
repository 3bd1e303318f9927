using MarbleRun.TestSupport;

namespace MarbleRun.Cli.Tests.Manifests;

public sealed class ManifestCheckTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    public static TheoryData<string> Samples => [.. RepositoryFiles.SampleManifests.Select(path => Path.GetFileName(path))];

    public void Dispose() => _directory.Dispose();

    [Theory]
    [MemberData(nameof(Samples))]
    [Case("manifest", "Manifests as people write them pass, with and without a recovery key")]
    public async Task Check_Sample_ListsNothingAndSucceeds(string name)
    {
        string path = Path.Combine(RepositoryFiles.Root, "samples", "manifests", name);

        Transcript run = await Transcript.RunAsync("manifest", "check", path);

        Assert.Equal((0, $"{path}: no errors, no warnings\n", string.Empty), (run.ExitCode, run.Output, run.Error));
    }

    [Fact]
    public async Task Check_JsonWithFaults_ListsAllWithPlaceAndSuggestion()
    {
        (Transcript run, string path) = await CheckAsync(
            "manifest.json",
            """
            {
              "Packages": { "web": { "Debug": true, "UniqueID": "1f0e2d3c4b5a69788796a5b4c3d2e1f00f1e2d3c4b5a69788796a5b4c3d2e1f0" } },
              "Marbles": { "web": { "Package": "wep", "MaxActivation": 1 } },
              "Config": { "SealMode": "productkey" }
            }
            """);

        Assert.Equal(1, run.ExitCode);
        Assert.Equal(
            $"""
            {path}:3:36: error: $.Marbles.web.Package: manifest does not contain marble package wep. Did you mean web?
            {path}:4:27: error: $.Config.SealMode: unknown seal mode: productkey. Did you mean ProductKey?
            {path}:3:43: warning: $.Marbles.web.MaxActivation: unknown member MaxActivation is ignored. Did you mean MaxActivations?
            {path}:2:24: warning: $.Packages.web: package web is not used by any Marble, and therefore not checked. Use it in a Marble, or remove it.
            {path}: 2 errors, 2 warnings

            """,
            run.Output);
    }

    [Fact]
    public async Task Check_UnknownEncoding_SaysWhereAndWhatWasMeant()
    {
        (Transcript run, string path) = await CheckAsync(
            "manifest.json",
            """
            { "Packages": { "p": { "Debug": true } },
              "Marbles": { "web": { "Package": "p", "Parameters": { "Env": {
                "KEY": { "Encoding": "bas64", "Data": "AA==" } } } } } }
            """);

        Assert.Equal(1, run.ExitCode);
        Assert.StartsWith(
            $"{path}:3:12: error: $.Marbles.web.Parameters.Env.KEY: unknown encoding type: bas64. Did you mean base64?\n",
            run.Output,
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task Check_YamlWithFaults_SaysWhereInTheYamlText()
    {
        (Transcript run, string path) = await CheckAsync(
            "manifest.yaml",
            """
            # a comment
            Packages:
              web: &web
                Debug: true
                UniqueID: 1f0e2d3c4b5a69788796a5b4c3d2e1f00f1e2d3c4b5a69788796a5b4c3d2e1f0
              other:
                <<: *web
                Debugg: yes
            Marbles:
              web: { Package: web, TLS: [inside,
                outside] }
            TLS:
              inside: { Incoming: [ { Port: "1" } ] }
            """);

        Assert.Equal(1, run.ExitCode);
        Assert.Equal(
            $"""
            {path}:11:5: error: $.Marbles.web.TLS[1]: manifest misses TLS entry for outside. Add it to TLS.
            {path}:8:5: warning: $.Packages.other.Debugg: unknown member Debugg is ignored. Did you mean Debug?
            {path}:7:5: warning: $.Packages.other: package other is not used by any Marble, and therefore not checked. Use it in a Marble, or remove it.
            {path}: 1 error, 2 warnings

            """,
            run.Output);
    }

    [Theory]
    [InlineData(
        "m.json",
        """
        { "Packages": { "p": { "UniqueID": "1f0e2d3c4b5a69788796a5b4c3d2e1f00f1e2d3c4b5a69788796a5b4c3d2e1f0" } },
        "Marbles": { "web": { "Package": "p", "Parameters": {
          "Env": { "KEY": "{{ hex .Secrets.tokn }}" } } } },
        "Secrets": { "token": { "Type": "symmetric-key", "Size": 128 } } }
        """,
        "3:19")]
    [InlineData(
        "m.yaml",
        """
        Packages: { p: { UniqueID: 1f0e2d3c4b5a69788796a5b4c3d2e1f00f1e2d3c4b5a69788796a5b4c3d2e1f0 } }
        Marbles: { web: { Package: p, Parameters: { Env: {
          KEY: "{{ hex .Secrets.tokn }}" } } } }
        Secrets: { token: { Type: symmetric-key, Size: 128 } }
        """,
        "3:8")]
    public async Task Check_TemplateWithAFault_SaysWhereAndWhatWasMeant(string file, string content, string place)
    {
        (Transcript run, string path) = await CheckAsync(file, content);

        Assert.Equal(1, run.ExitCode);
        Assert.Equal(
            $"""
            {path}:{place}: error: $.Marbles.web.Parameters.Env.KEY: in Marble web: env variable KEY: template: data:1:3: executing "data" at <hex .Secrets.tokn>: error calling hex: secret does not exist. Did you mean token?
            {path}: 1 error, no warnings

            """,
            run.Output);
    }

    [Theory]
    [InlineData(
        "m.json",
        "{ \"a\": 1, }",
        ":1:11: error: $: invalid character '}' looking for beginning of object key string. Remove the comma before it.\n")]
    [InlineData(
        "m",
        " { \"a\": 1, }",
        ":1:12: error: $: invalid character '}' looking for beginning of object key string. Remove the comma before it.\n")]
    [InlineData("m.yaml", "a: 1\na: 2", ":2:1: error: $: key \"a\" already set in map. Keep one.\n")]
    [InlineData(
        "m.yml", "Packages: {}\n---\nMarbles: {}", ":2:1: error: $: there is a second document. Other readers ignore it; remove it.\n")]
    [InlineData("m", "Packages: {}", ": error: $.Packages: no allowed packages defined. Add at least one entry to Packages.\n")]
    [InlineData(
        "m.yaml",
        "Packages: 5",
        ":1:11: error: $.Packages: json: cannot unmarshal number into Go struct field Manifest.Packages of type "
        + "map[string]quote.PackageProperties\n")]
    public async Task Check_TextThatCannotBeRead_SaysWhy(string file, string content, string problem)
    {
        (Transcript run, string path) = await CheckAsync(file, content);

        Assert.Equal(1, run.ExitCode);
        Assert.Contains(problem, run.Output.Replace(path + ":1:1:", path + ":", StringComparison.Ordinal), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Check_NamesWithControlCharacters_DoNotReachTheTerminal()
    {
        (Transcript run, _) = await CheckAsync("m.json", """{"\u001b[2J\u202e":1}""");

        Assert.Contains("unknown member \\u001b[2J\\u202e is ignored", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Check_MissingFile_SaysSo()
    {
        Transcript run = await Transcript.RunAsync("manifest", "check", _directory.File("nothing.json"));

        Assert.Equal(2, run.ExitCode);
        Assert.StartsWith($"Error: The manifest {_directory.File("nothing.json")} can't be read", run.Error, StringComparison.Ordinal);
    }

    private async Task<(Transcript Run, string Path)> CheckAsync(string file, string content)
    {
        string path = _directory.File(file);
        await File.WriteAllTextAsync(path, content, TestContext.Current.CancellationToken);
        return (await Transcript.RunAsync("manifest", "check", path), path);
    }
}
