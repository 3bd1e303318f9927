using System.Buffers.Binary;
using System.IO.Compression;
using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Google.Protobuf;
using Grpc.Core;
using MarbleRun.Attestation;
using MarbleRun.Attestation.Claims;
using MarbleRun.Attestation.Simulation;
using MarbleRun.Coordinator.Tests.Activation;
using MarbleRun.Coordinator.Tests.Manifests;
using MarbleRun.Protos;
using MarbleRun.TestSupport;
using Microsoft.Extensions.DependencyInjection;

namespace MarbleRun.Coordinator.Tests.Attestation;

/// <summary>What evidence of unauthenticated callers may cost at the Coordinator's own ports, and that it shuts no other out.</summary>
[Trait("Security", "G2")]
public sealed class EvidenceCostTests : CoordinatorTest
{
    [Fact]
    public async Task Simulation_WithAPccsConfigured_AsksNoSourceAndAdmitsItsMarbles()
    {
        await using SimulationPccs pccs = await SimulationPccs.StartAsync(_ => throw new InvalidOperationException());
        CoordinatorHost host = await StartAsync(settings: ("Attestation:PccsUrl", pccs.Address.AbsoluteUri));
        await SetManifestAsync(host);

        await EvidenceMarble.ActivateAsync(host, Enclave(host));

        Assert.Empty(pccs.Server.Requests);
        Assert.Contains(host.Logs.Entries, e => e.Contains("CollateralSourcesNotAsked", StringComparison.Ordinal));
    }

    [Fact]
    [Trait("Security", "A2")]
    public async Task Simulation_QuoteOfAnotherDevelopmentRoot_NamesBothRootsAndTheVariable()
    {
        using var other = new TemporaryDirectory();
        SimulationPlatform outsider = SimulationPlatform.Open(other.Path);
        CoordinatorHost host = await StartAsync();
        await SetManifestAsync(host);

        string? refusal = await EvidenceMarble.RefusalAsync(
            host, data => outsider.CreateIssuer(host.Platform.MeasureRunningProcess()).IssueAsync(data));

        Assert.Matches(
            "chain.root: expected the root .* \\(SHA-256 [0-9a-f]{64}\\), found a root of that name with another key \\(SHA-256 "
            + "[0-9a-f]{64}\\)",
            refusal);
        Assert.Contains("MARBLERUN_SIMULATION_DIR", refusal, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Activate_FloodOfInventedPlatforms_LeavesGenuineMarblesAlone()
    {
        SimulationPlatform platform = SimulationPlatform.Open(Folder.File("simulation"));
        await using SimulationPccs pccs = await SimulationPccs.StartAsync(tee => platform.CreateCollateral(tee));
        CoordinatorHost host = await StartAsync(
            settings: [("Attestation:PccsUrl", pccs.Address.AbsoluteUri), ("Attestation:AskInSimulation", "true")]);
        await SetManifestAsync(host);
        Quote outsider = await platform
            .CreateIssuer(platform.MeasureRunningProcess())
            .IssueAsync(ReportData.ForCertificate("outsider"u8), Cancellation);

        Task<string?>[] flood = [.. Enumerable.Range(0, 60).Select(
            i => EvidenceMarble.RefusalAsync(host, _ => ValueTask.FromResult(Name(outsider, i)), StatusCode.Unavailable))];
        await EvidenceMarble.ActivateAsync(host, Enclave(host));

        Assert.All(
            await Task.WhenAll(flood),
            r => Assert.StartsWith("invalid quote: chain.structure: collateral missing: ", r, StringComparison.Ordinal));
        await EvidenceMarble.ActivateAsync(host, Enclave(host));
    }

    [Fact]
    public async Task Activate_UnknownPlatform_IsAskedForOnce()
    {
        SimulationPlatform platform = SimulationPlatform.Open(Folder.File("simulation"));
        await using SimulationPccs pccs = await SimulationPccs.StartAsync(tee => platform.CreateCollateral(tee));
        CoordinatorHost host = await StartAsync(
            settings: [("Attestation:PccsUrl", pccs.Address.AbsoluteUri), ("Attestation:AskInSimulation", "true")]);
        await SetManifestAsync(host);
        Quote outsider = await platform
            .CreateIssuer(platform.MeasureRunningProcess())
            .IssueAsync(ReportData.ForCertificate("outsider"u8), Cancellation);
        byte[] changed = Name(outsider, 7).RawData.ToArray();
        changed[48 + 64] ^= 1;

        for (int i = 0; i < 4; i++)
        {
            Assert.NotNull(await EvidenceMarble.RefusalAsync(host, _ => ValueTask.FromResult(Name(outsider, 7)), StatusCode.Unavailable));
            Assert.StartsWith(
                "invalid quote: quote.signature: ",
                await EvidenceMarble.RefusalAsync(host, _ => ValueTask.FromResult(Quote.FromRaw(changed))),
                StringComparison.Ordinal);
        }

        Assert.Single(pccs.Server.Requests);
    }

    [Theory]
    [InlineData("gzip")]
    [InlineData("deflate")]
    public async Task Activate_CompressedMessage_IsRefusedBeforeItUnfolds(string encoding)
    {
        CoordinatorHost host = await StartAsync();
        using var folded = new MemoryStream();
        await using (Stream stream = encoding == "gzip"
            ? new GZipStream(folded, CompressionLevel.SmallestSize, leaveOpen: true)
            : new ZLibStream(folded, CompressionLevel.SmallestSize, leaveOpen: true))
        {
            await stream.WriteAsync(new byte[200_000], Cancellation);
        }

        byte[] body = [1, 0, 0, 0, 0, .. folded.ToArray()];
        BinaryPrimitives.WriteInt32BigEndian(body.AsSpan(1), (int)folded.Length);
        (X509Certificate2 certificate, _) = CoordinatorHost.CreateMarbleCredentials("localhost");
        using var client = new HttpMessageInvoker(new SocketsHttpHandler
        {
            SslOptions =
            {
                ClientCertificates = [certificate],
                RemoteCertificateValidationCallback = (_, certificate, _, _) => certificate is not null,
            },
        });
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri($"https://{host.Mesh}/rpc.Marble/Activate"))
        {
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            Content = new ByteArrayContent(body) { Headers = { ContentType = new MediaTypeHeaderValue("application/grpc") } },
        };
        request.Headers.Add("te", "trailers");
        request.Headers.Add("grpc-encoding", encoding);

        using HttpResponseMessage response = await client.SendAsync(request, Cancellation);
        await response.Content.ReadAsByteArrayAsync(Cancellation);

        string status = response.Headers.TryGetValues("grpc-status", out IEnumerable<string>? values)
            ? values.Single()
            : response.TrailingHeaders.GetValues("grpc-status").Single();
        Assert.Equal(((int)StatusCode.Unimplemented).ToString(System.Globalization.CultureInfo.InvariantCulture), status);
    }

    [Fact]
    public async Task SignQuote_AnyQuote_IsVerifiedOnce()
    {
        var counter = new Counter();
        await using GovernedMesh mesh = await GovernedMesh.StartAsync(configure: services => services.AddSingleton<IQuoteVerifier>(sp =>
            counter.Over(sp.GetRequiredService<SimulationPlatform>().CreateVerifier())));
        SimulationPlatform platform = mesh.Host.Platform;
        Quote quote = await platform
            .CreateIssuer(platform.MeasureRunningProcess())
            .IssueAsync(ReportData.ForCertificate("any"u8), Cancellation);

        Answer answer = await mesh.SendAsync(
            null, "/api/v2/sign-quote", $"{{\"sgxQuote\":\"{Convert.ToBase64String(quote.ToEvidence())}\"}}");

        Assert.Equal("UpToDate", answer.Require().Data.GetProperty("tcbStatus").GetString());
        Assert.Equal(1, counter.Calls);
    }

    [Fact]
    public async Task SignQuote_MegabytesOfNumbers_AreNotRead()
    {
        await using GovernedMesh mesh = await GovernedMesh.StartAsync();
        var numbers = new StringBuilder("{\"sgxQuote\":[1");
        numbers.Insert(numbers.Length, ",1", 1024 * 1024).Append("]}");

        Answer answer = await mesh.SendAsync(null, "/api/v2/sign-quote", numbers.ToString());

        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, answer.Status);
    }

    private static Func<ReportData, ValueTask<Quote>> Enclave(CoordinatorHost host) =>
        data => host.Platform.CreateIssuer(host.Platform.MeasureRunningProcess()).IssueAsync(data);

    private static Task SetManifestAsync(CoordinatorHost host) =>
        EvidenceMarble.SetManifestAsync(host, $$"""{"UniqueID":"{{host.Platform.MeasureRunningProcess().UniqueId}}"}""");

    /// <summary>
    /// A quote that only names its platform (certification data type 1): what it names is not signed, so that anybody can invent it.
    /// </summary>
    private static Quote Name(Quote quote, int platform)
    {
        const int authentication = 48 + 384 + 4 + 64 + 64 + 384 + 64;
        byte[] bytes = quote.RawData.ToArray();
        int certification = authentication + 2 + BinaryPrimitives.ReadUInt16LittleEndian(bytes.AsSpan(authentication));
        byte[] named = [.. bytes[..certification], 1, 0, 36, 0, 0, 0, .. new byte[36]];
        BinaryPrimitives.WriteInt32LittleEndian(named.AsSpan(432), named.Length - 436);
        BinaryPrimitives.WriteInt32LittleEndian(named.AsSpan(certification + 6 + 16), platform);
        return Quote.FromRaw(named);
    }

    private sealed class Counter : IQuoteVerifier
    {
        private IQuoteVerifier _inner = null!;
        private int _calls;

        public int Calls => _calls;

        public Counter Over(IQuoteVerifier inner)
        {
            _inner = inner;
            return this;
        }

        public ValueTask<Verdict> VerifyAsync(Quote quote, QuoteExpectation expectation, CancellationToken cancellationToken = default)
        {
            Interlocked.Increment(ref _calls);
            return _inner.VerifyAsync(quote, expectation, cancellationToken);
        }
    }
}
