using System.Collections.Immutable;
using MarbleRun.Manifests;
using MarbleRun.Manifests.Checks;
using MarbleRun.Manifests.Reading;
using MarbleRun.TestSupport;

namespace MarbleRun.Tests.Manifests;

public sealed class SampleManifestTests
{
    public static TheoryData<string> Names => [.. RepositoryFiles.SampleManifests
        .Where(path => path.EndsWith(".json", StringComparison.Ordinal))
        .Select(path => Path.GetFileName(path))];

    [Theory]
    [MemberData(nameof(Names))]
    [Case("manifest", "Manifests as people write them pass, with and without a recovery key")]
    public void Parse_Sample_HasNeitherErrorsNorWarnings(string name)
    {
        byte[] text = File.ReadAllBytes(Path.Combine(RepositoryFiles.Root, "samples", "manifests", name));

        Assert.True(
            ManifestParser.TryParse(text, out Manifest? manifest, out ImmutableArray<ManifestProblem> problems),
            string.Join('\n', problems));
        Assert.Empty(ManifestChecker.Check(manifest).Problems);
    }
}
