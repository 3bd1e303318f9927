using System.Net;
using MarbleRun.TestSupport;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace MarbleRun.Coordinator.Stores.Tests;

/// <summary>Whole Coordinators over a store.</summary>
public abstract class CoordinatorConformance(StoreServer server)
{
    private static readonly string s_manifest =
        """{"Packages":{"p":{"UniqueID":"X"}},"Marbles":{"m":{"Package":"p","Parameters":{}}}}"""
            .Replace("X", new string('1', 64), StringComparison.Ordinal);

    private readonly string _deployment = $"test-{Guid.NewGuid():N}";

    /// <summary>Addresses of loopback that no other test uses, so that the ports are known before the start.</summary>
    private readonly string _network = $"127.{Random.Shared.Next(1, 255)}.{Random.Shared.Next(256)}";

    private static readonly string[] s_names = ["first", "second", "replica-1", "replica-2", "replica-3"];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Coordinator_StartedAgain_GoesOnFromTheStore()
    {
        using var directory = new TemporaryDirectory();
        string root;
        await using (CoordinatorHost first = await StartAsync(directory, "first"))
        {
            Assert.Equal(HttpStatusCode.OK, await SetManifestAsync(first));
            root = await RootOfAsync(first);
        }

        await using CoordinatorHost second = await StartAsync(directory, "first");

        Assert.Equal(root, await RootOfAsync(second));
        Assert.NotEqual(HttpStatusCode.OK, await SetManifestAsync(second));
        Assert.False(Stopping(second).IsCancellationRequested);
        Assert.False(File.Exists(directory.File("first/sealed_data")));
    }

    [Fact]
    public async Task Coordinator_BesideAnotherOne_AnswersWhatTheOtherOneChanged()
    {
        using var directory = new TemporaryDirectory();
        await using CoordinatorHost first = await StartAsync(directory, "first");
        await using CoordinatorHost second = await StartAsync(directory, "second");
        Assert.Equal(await RootOfAsync(first), await RootOfAsync(second));

        Assert.Equal(HttpStatusCode.OK, await SetManifestAsync(first));

        Assert.Equal(await GetAsync(first, "/api/v2/manifest"), await GetAsync(second, "/api/v2/manifest"));
        Assert.Equal(await RootOfAsync(first), await RootOfAsync(second));
        Assert.NotEqual(HttpStatusCode.OK, await SetManifestAsync(second));
        Assert.False(Stopping(first).IsCancellationRequested);
        Assert.False(Stopping(second).IsCancellationRequested);
    }

    [Fact]
    public async Task Coordinator_SeveralSetAManifestAtOnce_OneOfThemWins()
    {
        using var directory = new TemporaryDirectory();
        CoordinatorHost[] hosts = await Task.WhenAll(Enumerable.Range(1, 3).Select(i => StartAsync(directory, $"replica-{i}")));
        try
        {
            HttpStatusCode[] answers = await Task.WhenAll(hosts.Select(SetManifestAsync));

            Assert.Single(answers, HttpStatusCode.OK);
            Assert.Single((await Task.WhenAll(hosts.Select(host => GetAsync(host, "/api/v2/manifest")))).Distinct());
        }
        finally
        {
            await Task.WhenAll(hosts.Select(host => host.DisposeAsync().AsTask()));
        }
    }

    [Fact]
    public async Task Coordinator_SeveralStartedAtOnce_MakeOneRoot()
    {
        using var directory = new TemporaryDirectory();
        CoordinatorHost[] hosts = await Task.WhenAll(Enumerable.Range(1, 3).Select(i => StartAsync(directory, $"replica-{i}")));
        try
        {
            Assert.Single((await Task.WhenAll(hosts.Select(RootOfAsync))).Distinct());
            Assert.Single(hosts, host => host.Logs.Entries.Any(e => e.Contains("StateCreated", StringComparison.Ordinal)));
        }
        finally
        {
            await Task.WhenAll(hosts.Select(host => host.DisposeAsync().AsTask()));
        }
    }

    protected abstract void Use(IServiceCollection services);

    private static CancellationToken Stopping(CoordinatorHost host) =>
        host.Services.GetRequiredService<IHostApplicationLifetime>().ApplicationStopping;

    private static async Task<HttpStatusCode> SetManifestAsync(CoordinatorHost host)
    {
        using HttpClient client = host.CreateClient();
        using HttpResponseMessage response = await client.PostAsync(
            new Uri("/manifest", UriKind.Relative),
            new StringContent(s_manifest),
            Token);
        return response.StatusCode;
    }

    private static async Task<string> GetAsync(CoordinatorHost host, string path)
    {
        using HttpClient client = host.CreateClient();
        return await client.GetStringAsync(new Uri(path, UriKind.Relative), Token);
    }

    private static async Task<string> RootOfAsync(CoordinatorHost host)
    {
        using HttpClient client = host.CreateClient();
        return await client.GetStringAsync(new Uri("/quote", UriKind.Relative), Token) is { } quote
            ? System.Text.Json.JsonDocument.Parse(quote).RootElement.GetProperty("data").GetProperty("Cert").GetString()!
            : string.Empty;
    }

    private string PeerAddressOf(string name) => $"{_network}.{Array.IndexOf(s_names, name) + 1}:5433";

    private Task<CoordinatorHost> StartAsync(TemporaryDirectory directory, string name) => CoordinatorHost.StartAsync(
        directory,
        Use,
        [
            ("SealDirectory", directory.File(name)),
            ("Store:Replica", name),
            ("Peers:Address", PeerAddressOf(name)),
            ("Peers:Addresses", string.Join(',', s_names.Select(PeerAddressOf))),
            .. server.Settings(_deployment).Select(s => (s.Key["Coordinator:".Length..], s.Value)),
        ]);
}
