using System.Text;
using Google.Protobuf;
using Grpc.Core;
using MarbleRun.Manifests;
using MarbleRun.Manifests.Reading;
using MarbleRun.Protos;
using MarbleRun.TestSupport;

namespace MarbleRun.Coordinator.Tests.Activation;

/// <summary>Every sample is set as it is, and each of its Marbles is activated.</summary>
public sealed class SampleManifestTests : RunningCoordinatorTest
{
    public static TheoryData<string> Names => [.. RepositoryFiles.SampleManifests
        .Where(path => path.EndsWith(".json", StringComparison.Ordinal))
        .Select(path => Path.GetFileName(path))];

    [Theory]
    [MemberData(nameof(Names))]
    [Case("marble-api", "Files and arguments are those of the manifest")]
    public async Task Activate_EveryMarbleOfASample_GetsWhatTheManifestSays(string name)
    {
        byte[] text = await File.ReadAllBytesAsync(
            Path.Combine(RepositoryFiles.Root, "samples", "manifests", name), TestContext.Current.CancellationToken);
        using HttpClient client = Host.CreateClient();
        using HttpResponseMessage response = await client.PostAsync(
            new Uri("/manifest", UriKind.Relative), new ByteArrayContent(text), TestContext.Current.CancellationToken);
        string answer = await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        Assert.True(response.IsSuccessStatusCode, answer);

        var manifest = ManifestParser.Parse(text);
        foreach ((string type, MarbleDefinition marble) in manifest.Marbles)
        {
            // The samples' packages belong to no known code; in simulation a Marble may come without a quote.
            Task<Parameters> activation = MeshClient.ActivateAsync(Host, type, request => request.Quote = ByteString.Empty);
            if (WaitsForUpload(manifest, marble))
            {
                await Assert.ThrowsAsync<RpcException>(() => activation);
                continue;
            }

            Parameters parameters = await activation;

            Assert.Equal(marble.Parameters.Arguments, parameters.Argv);
            Assert.Equal(marble.Parameters.Files.Keys, parameters.Files.Keys.Order(StringComparer.Ordinal));
            Assert.Empty(marble.Parameters.Environment.Keys.Except(parameters.Env.Keys));
            Assert.All(
                Literals(marble.Parameters.Files),
                file => Assert.Equal(file.Value.Data.ToArray(), parameters.Files[file.Key].ToByteArray()));
            Assert.All(
                Literals(marble.Parameters.Environment),
                variable => Assert.Equal(variable.Value.Data.ToArray(), parameters.Env[variable.Key].ToByteArray()));
        }
    }

    private static bool WaitsForUpload(Manifest manifest, MarbleDefinition marble) =>
        marble.Parameters.Files.Values.Concat(marble.Parameters.Environment.Values).Any(
            file => manifest.Secrets.Any(
                secret => secret.Value.UserDefined && Text(file).Contains($".Secrets.{secret.Key}", StringComparison.Ordinal)));

    private static IEnumerable<KeyValuePair<string, ManifestFile>> Literals(IEnumerable<KeyValuePair<string, ManifestFile>> files) =>
        files.Where(file => file.Value.NoTemplates || !Text(file.Value).Contains("{{", StringComparison.Ordinal));

    private static string Text(ManifestFile file) => Encoding.UTF8.GetString(file.Data.Span);
}
