using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using MarbleRun.Attestation;
using MarbleRun.Attestation.Claims;
using MarbleRun.Coordinator.Attestation;
using MarbleRun.Coordinator.Limits;
using MarbleRun.Coordinator.Tests.Manifests;
using Microsoft.Extensions.DependencyInjection;

namespace MarbleRun.Coordinator.Tests.Attestation;

/// <summary>Fresh quotes are work of the platform, and anybody may ask for one.</summary>
[Trait("Security", "G2")]
public sealed class FreshQuoteTests : IAsyncLifetime
{
    private readonly HeldIssuer _issuer = new();
    private GovernedMesh _mesh = null!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private QuoteGate Gate => _mesh.Host.Services.GetRequiredService<QuoteGate>();

    public async ValueTask InitializeAsync() => _mesh = await GovernedMesh.StartAsync(configure: s => s.AddSingleton<IQuoteIssuer>(sp =>
    {
        _issuer.First = SimulatedIssuer.Of(sp);
        return _issuer;
    }));

    public async ValueTask DisposeAsync()
    {
        _issuer.LetGo();
        await _mesh.DisposeAsync();
    }

    [Fact]
    public async Task Issue_SameReportDataAtOnce_IsOneQuoteOfThePlatform()
    {
        Task<Quote>[] same = [.. Enumerable.Range(0, 50).Select(_ => Gate.IssueAsync(Data(1), UnknownCaller("10.0.0.1"), Cancellation))];
        await _issuer.WaitForAsync(1);
        _issuer.LetGo();

        Quote[] quotes = await Task.WhenAll(same);
        Assert.All(quotes, q => Assert.Same(quotes[0], q));
        Assert.Equal(1, _issuer.Begun);
    }

    [Theory]
    [InlineData("1.1")]
    [InlineData("2.0")]
    public async Task Get_OneNonceMoreOftenThanThereArePlaces_IsAnswered(string version)
    {
        using HttpMessageInvoker client = CreateClient("127.0.0.1");
        Task<HttpResponseMessage>[] same =
            [.. Enumerable.Range(0, 2 * QuoteGate.PlacesOfOneAddress).Select(_ => GetAsync(client, "AAAA", version))];
        await _issuer.WaitForAsync(1);
        _issuer.LetGo();

        foreach (Task<HttpResponseMessage> task in same)
        {
            using HttpResponseMessage answer = await task;
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        }
    }

    [Theory]
    [InlineData("1.1")]
    [InlineData("2.0")]
    public async Task Get_ManyNoncesOfOneAddress_Are429AndLeaveTheOthersTheirPlaces(string version)
    {
        Task<Quote>[] taken = Fill("127.0.0.1");
        using HttpMessageInvoker client = CreateClient("127.0.0.1");
        using HttpMessageInvoker elsewhere = CreateClient("127.0.0.2");

        using HttpResponseMessage refused = await GetAsync(client, "DDDD", version);
        Assert.Equal(HttpStatusCode.TooManyRequests, refused.StatusCode);
        Assert.Equal(TimeSpan.FromSeconds(2), refused.Headers.RetryAfter!.Delta);
        Assert.Equal(
            "{\"status\":\"error\",\"data\":null,\"message\":\"too many fresh quotes are being made for this address: at most 8 at once; "
            + "try again in a moment\"}\n",
            await refused.Content.ReadAsStringAsync(Cancellation));

        // What is there already costs nothing, in both generations of the API.
        (await _mesh.SendAsync(null, "/quote")).Require();
        (await _mesh.SendAsync(null, "/api/v2/quote")).Require();
        Task<HttpResponseMessage> other = GetAsync(elsewhere, "EEEE", version);
        Task<Answer> user = _mesh.SendAsync(_mesh.Nora, "/api/v2/quote?nonce=FFFF");
        await _issuer.WaitForAsync(3);
        Assert.Equal(3, _issuer.Most);
        _issuer.LetGo();

        using HttpResponseMessage late = await other;
        Assert.Equal(HttpStatusCode.OK, late.StatusCode);
        (await user).Require();
        Assert.Equal(QuoteGate.PlacesOfOneAddress, (await Task.WhenAll(taken)).Distinct().Count());
    }

    [Fact]
    public async Task Get_NoncesOfManyAddresses_Are503WhenAllPlacesAreTakenAndUsersStillGetOne()
    {
        Task<Quote>[] taken =
            [.. Enumerable.Range(1, QuoteGate.Places / QuoteGate.PlacesOfOneAddress).SelectMany(i => Fill($"10.0.0.{i}"))];
        using HttpMessageInvoker client = CreateClient("127.0.0.1");

        using HttpResponseMessage refused = await GetAsync(client, "DDDD", "2.0");
        Assert.Equal(HttpStatusCode.ServiceUnavailable, refused.StatusCode);
        Assert.Equal(TimeSpan.FromSeconds(2), refused.Headers.RetryAfter!.Delta);

        Task<Answer> user = _mesh.SendAsync(_mesh.Nora, "/api/v2/quote?nonce=FFFF");
        await _issuer.WaitForAsync(3);
        _issuer.LetGo();
        (await user).Require();
        await Task.WhenAll(taken);
    }

    [Fact]
    public async Task Issue_CallersThatLeave_GiveTheirPlacesBack()
    {
        using var leaving = new CancellationTokenSource();
        Task<Quote>[] taken = Fill("127.0.0.1", leaving.Token);
        await _issuer.WaitForAsync(QuoteGate.AtOnce);
        await Assert.ThrowsAsync<BusyException>(() => Gate.IssueAsync(Data(99), UnknownCaller("127.0.0.1"), Cancellation));

        await leaving.CancelAsync();
        foreach (Task<Quote> task in taken)
        {
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => task);
        }

        _issuer.LetGo();
        while (!await TryIssueAsync())
        {
            // The work of those who left ends on other threads.
            await Task.Yield();
        }
    }

    [Theory]
    [InlineData("10.1.2.3", "::ffff:10.1.2.3", true)]
    [InlineData("10.1.2.3", "10.1.2.4", false)]
    [InlineData("2001:db8:1:2::1", "2001:db8:1:2:ffff:ffff:ffff:ffff", true)]
    [InlineData("2001:db8:1:2::1", "2001:db8:1:3::1", false)]
    [InlineData("::1", "127.0.0.1", false)]
    public void Address_OfOneNetwork_CountsAsOne(string one, string other, bool isSame) =>
        Assert.Equal(isSame, CallerAddress.Of(IPAddress.Parse(one)) == CallerAddress.Of(IPAddress.Parse(other)));

    private async Task<bool> TryIssueAsync()
    {
        try
        {
            await Gate.IssueAsync(Data(99), UnknownCaller("127.0.0.1"), Cancellation);
            return true;
        }
        catch (BusyException)
        {
            return false;
        }
    }

    /// <summary>Takes all places that one address may have; each has one when this returns.</summary>
    private Task<Quote>[] Fill(string address, CancellationToken? cancellationToken = null) =>
        [.. Enumerable.Range(0, QuoteGate.PlacesOfOneAddress)
            .Select(i => Gate.IssueAsync(Data(HashCode.Combine(address, i)), UnknownCaller(address), cancellationToken ?? Cancellation))];

    private static Caller UnknownCaller(string address) => Caller.Of(IPAddress.Parse(address), isKnown: false);

    private static ReportData Data(int i) =>
        ReportData.FromBytes([.. BitConverter.GetBytes(i), .. new byte[ReportData.Size - sizeof(int)]]);

    private Task<HttpResponseMessage> GetAsync(HttpMessageInvoker client, string nonce, string version) =>
        client.SendAsync(
            new HttpRequestMessage(HttpMethod.Get, $"https://{_mesh.Host.Client}/api/v2/quote?nonce={nonce}")
            {
                Version = Version.Parse(version),
                VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            },
            Cancellation);

    /// <summary>Calls from this address of the machine.</summary>
    private HttpMessageInvoker CreateClient(string source) => new(new SocketsHttpHandler
    {
        SslOptions = { RemoteCertificateValidationCallback = (_, shown, _, _) => shown is X509Certificate },
        ConnectCallback = async (_, token) =>
        {
            var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            socket.Bind(new IPEndPoint(IPAddress.Parse(source), 0));
            await socket.ConnectAsync(_mesh.Host.Client, token);
            return new NetworkStream(socket, ownsSocket: true);
        },
    });
}
