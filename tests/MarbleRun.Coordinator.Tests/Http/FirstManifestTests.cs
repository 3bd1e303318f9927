using System.Net;
using System.Text;
using System.Text.Json;
using MarbleRun.Coordinator.State;
using MarbleRun.Coordinator.State.Stores;
using MarbleRun.Coordinator.Tests.Manifests;
using MarbleRun.Management;
using MarbleRun.TestSupport;
using Microsoft.Extensions.DependencyInjection;

namespace MarbleRun.Coordinator.Tests.Http;

/// <summary>How the first manifest is set when something comes between.</summary>
public sealed class FirstManifestTests : CoordinatorTest
{
    private readonly SwitchedFiles _files = new();

    private CoordinatorState State => Host.Services.GetRequiredService<CurrentState>().Value;

    public override async ValueTask InitializeAsync() => await StartAsync(s => s.AddSingleton<IFileOperations>(_files));

    [Fact]
    [Trait("Security", "E3")]
    [Case("client-api", "A second manifest leaves the first")]
    [Case("client-api", "Several first manifests at once, amid reads of manifest and quote")]
    public async Task Post_ManyAtOnceAmidReads_ExactlyOneWins()
    {
        byte[][] manifests = [.. Enumerable.Range(1, 12).Select(
            i => (byte[])[.. TestManifest.Create(Host), .. Encoding.ASCII.GetBytes(new string(' ', i))])];

        Task<(HttpStatusCode Status, string Body)>[] posts = [.. manifests.Select(m => PostAsync(m))];
        Task<(HttpStatusCode Status, string Body)>[] reads =
            [.. Enumerable.Range(0, 24).Select(i => GetAsync(i % 2 == 0 ? "/manifest" : "/api/v2/quote"))];
        (HttpStatusCode Status, string Body)[] answers = await Task.WhenAll(posts);

        int winner = Array.FindIndex(answers, a => a.Status == HttpStatusCode.OK);
        Assert.Single(answers, a => a.Status == HttpStatusCode.OK);
        Assert.All(
            answers.Where(a => a.Status != HttpStatusCode.OK),
            a => Assert.Equal(
                (HttpStatusCode.BadRequest,
                    "{\"status\":\"error\",\"data\":null,\"message\":\"server is not in expected state: a manifest is set already. To "
                    + "change it, send an update (/api/v2/update) as a user whose role allows UpdateManifest\"}\n"),
                a));
        Assert.All(await Task.WhenAll(reads), a => Assert.Equal(HttpStatusCode.OK, a.Status));
        using var read = JsonDocument.Parse((await GetAsync("/manifest")).Body);
        Assert.Equal(manifests[winner], read.RootElement.GetProperty("data").GetProperty("Manifest").GetBytesFromBase64());
    }

    [Fact]
    [Trait("Security", "F4")]
    [Case("client-api", "A manifest that cannot be stored")]
    public async Task Post_OnAFullDisk_IsRefusedAndTakenWhenThereIsSpace()
    {
        CoordinatorState before = State;
        _files.Inner = new SwitchedFiles.Full();

        (HttpStatusCode status, string body) = await PostAsync(TestManifest.Create(Host));

        Assert.False(status == HttpStatusCode.OK, body);
        Assert.Contains("the state could not be made durable", body, StringComparison.Ordinal);
        Assert.Same(before, State);
        _files.Repair();
        await TestManifest.SetAsync(Host);
        Assert.Equal(CoordinatorPhase.AcceptingMarbles, State.Phase);
    }

    [Fact]
    [Case("client-api", "A manifest that is cut by one byte, then the whole")]
    public async Task Post_CutByOneByte_IsRefusedAndTheWholeIsTaken()
    {
        byte[] manifest = TestManifest.Create(Host);
        int end = manifest.AsSpan().LastIndexOf((byte)'}');

        (HttpStatusCode status, string body) = await PostAsync(manifest[..end]);

        Assert.Equal(
            (HttpStatusCode.BadRequest,
                "{\"status\":\"error\",\"data\":null,\"message\":\"unmarshaling manifest: unexpected end of JSON input\"}\n"),
            (status, body));
        Assert.Equal(HttpStatusCode.OK, (await PostAsync(manifest)).Status);
    }

    [Fact]
    [Case("state-and-sealing", "A restart before the manifest keeps the root, unlike the reference")]
    [Case("state-and-sealing", "A restart before the manifest takes a manifest")]
    public async Task Post_AfterARestartWithoutAManifest_IsTakenUnderTheSameRoot()
    {
        byte[] root = State.Authority.Root.RawData;
        await RestartAsync();

        await TestManifest.SetAsync(Host);

        Assert.Equal(root, State.Authority.Root.RawData);
        Assert.Equal(CoordinatorPhase.AcceptingMarbles, State.Phase);
    }

    [Theory]
    [InlineData("/status")]
    [InlineData("/quote")]
    [InlineData("/api/v2/manifest")]
    [InlineData("/nope")]
    [Case("client-api", "HEAD")]
    public async Task Head_OfAnyPath_Is405(string path)
    {
        using HttpClient client = Host.CreateClient();
        using var request = new HttpRequestMessage(HttpMethod.Head, path);
        using HttpResponseMessage response = await client.SendAsync(request, Cancellation);

        Assert.Equal(HttpStatusCode.MethodNotAllowed, response.StatusCode);
        Assert.Empty(await response.Content.ReadAsByteArrayAsync(Cancellation));
    }

    private async Task<(HttpStatusCode Status, string Body)> GetAsync(string path)
    {
        using HttpClient client = Host.CreateClient();
        using HttpResponseMessage response = await client.GetAsync(new Uri(path, UriKind.Relative), Cancellation);
        return (response.StatusCode, await response.Content.ReadAsStringAsync(Cancellation));
    }

    private async Task<(HttpStatusCode Status, string Body)> PostAsync(byte[] manifest)
    {
        using HttpClient client = Host.CreateClient();
        using HttpResponseMessage response = await client.PostAsync(
            new Uri("/manifest", UriKind.Relative), new ByteArrayContent(manifest), Cancellation);
        return (response.StatusCode, await response.Content.ReadAsStringAsync(Cancellation));
    }
}
