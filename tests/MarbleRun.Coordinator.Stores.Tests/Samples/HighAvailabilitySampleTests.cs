using System.Text.Json;
using MarbleRun.TestSupport;
using YamlDotNet.RepresentationModel;

namespace MarbleRun.Coordinator.Stores.Tests.Samples;

/// <summary>What people copy from <c>samples/high-availability</c>.</summary>
public sealed class HighAvailabilitySampleTests : IDisposable
{
    private const string Prefix = "Coordinator__";
    private static readonly string s_folder = Path.Combine(RepositoryFiles.Root, "samples", "high-availability");

    private readonly TemporaryDirectory _directory = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("postgresql")]
    [InlineData("etcd")]
    public async Task Unit_ForAStore_IsAcceptedBySystemd(string store)
    {
        // It looks whether the program is there.
        string unit = await File.ReadAllTextAsync(Path.Combine(s_folder, "marblerun-coordinator@.service"), Token);
        string path = _directory.File($"marblerun-coordinator@{store}.service");
        string present = unit.Replace("/opt/marblerun/HighAvailability.Coordinator", "/bin/true", StringComparison.Ordinal);
        await File.WriteAllTextAsync(path, present, Token);

        (int ExitCode, string Output)? run = await ExternalTool.TryRunAsync("systemd-analyze", ["verify", path], Token);

        Assert.SkipWhen(run is null, "systemd-analyze is not installed; on Debian the package systemd has it.");
        Assert.True(run!.Value.ExitCode == 0 && run.Value.Output.Length == 0, run.Value.Output);
    }

    [Theory]
    [InlineData("postgresql")]
    [InlineData("etcd")]
    public void Configuration_OfAStore_NamesOptionsThatExist(string store)
    {
        string[] names =
        [
            .. File.ReadLines(Path.Combine(s_folder, $"{store}.env"))
                .Where(line => line.Length > 0 && line[0] != '#')
                .Select(line => line[..line.IndexOf('=', StringComparison.Ordinal)]),
        ];

        Assert.Contains(names, n => n.StartsWith($"{Prefix}Store__{store}__", StringComparison.OrdinalIgnoreCase));
        Assert.All(names, RequireOption);
    }

    [Fact]
    public void Kubernetes_Environment_NamesOptionsThatExist()
    {
        YamlNode container = Find("StatefulSet")["spec"]["template"]["spec"]["containers"][0];
        string[] names = [.. ((YamlSequenceNode)container["env"]).Select(e => e["name"].ToString())];

        Assert.All(names.Where(n => n.StartsWith(Prefix, StringComparison.Ordinal)), RequireOption);
        Assert.Contains(names, n => n == "Coordinator__Store__Kubernetes__PeerService");
    }

    [Fact]
    public async Task Kubernetes_Rights_AreThoseOfTheDocumentedRole()
    {
        string document = await File.ReadAllTextAsync(Path.Combine(RepositoryFiles.Root, "docs", "operations", "stores.md"), Token);
        int start = document.IndexOf("```yaml", StringComparison.Ordinal) + "```yaml".Length;
        var documented = new YamlStream();
        documented.Load(new StringReader(document[start..document.IndexOf("```", start, StringComparison.Ordinal)]));

        Assert.Equal(documented.Documents[0].RootNode["rules"], Find("Role")["rules"]);
    }

    [Fact]
    public async Task Program_WithoutAStore_SaysHowItIsUsed()
    {
        string configuration = new DirectoryInfo(AppContext.BaseDirectory.TrimEnd(Path.DirectorySeparatorChar)).Name;
        string program = Path.Combine(
            RepositoryFiles.Root, "artifacts", "bin", "HighAvailability.Coordinator", configuration, "HighAvailability.Coordinator.dll");

        (int ExitCode, string Output)? run = await ExternalTool.TryRunAsync("dotnet", ["exec", program, "--simulation"], Token);

        Assert.Equal(1, run!.Value.ExitCode);
        Assert.Contains("Usage: HighAvailability.Coordinator postgresql|etcd|kubernetes", run.Value.Output, StringComparison.Ordinal);
    }

    public void Dispose() => _directory.Dispose();

    private static YamlMappingNode Find(string kind)
    {
        var stream = new YamlStream();
        using StreamReader reader = File.OpenText(Path.Combine(s_folder, "kubernetes.yaml"));
        stream.Load(reader);
        return Assert.Single(stream.Documents.Select(d => (YamlMappingNode)d.RootNode), d => d["kind"].ToString() == kind);
    }

    /// <summary>A misspelled option would be ignored by the Coordinator: the schemas of the packages know all of them.</summary>
    private static void RequireOption(string variable)
    {
        string[] path = variable.Split("__");
        Assert.True(
            Directory.EnumerateFiles(Path.Combine(RepositoryFiles.Root, "nuget"), "ConfigurationSchema.json", SearchOption.AllDirectories)
                .Any(file => Knows(file, path)),
            $"No package knows {variable}.");
    }

    private static bool Knows(string file, string[] path)
    {
        using var document = JsonDocument.Parse(File.ReadAllBytes(file));
        JsonElement found = document.RootElement;
        return path.All(part =>
            found.TryGetProperty("properties", out JsonElement members) && members.TryGetProperty(part, out found));
    }
}
