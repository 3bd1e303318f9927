using System.Text.Json.Nodes;
using MarbleRun.Coordinator.Kubernetes;
using MarbleRun.Coordinator.Peers;
using MarbleRun.Coordinator.Stores.Tests.FakeKubernetes;
using MarbleRun.TestSupport.FakeKubernetes;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace MarbleRun.Coordinator.Stores.Tests;

/// <summary>Other Coordinators by the EndpointSlices of a service.</summary>
public sealed class KubernetesPeersTests(KubernetesStoreServer server) : IClassFixture<KubernetesStoreServer>, IAsyncLifetime
{
    private readonly string _service = $"s{Guid.NewGuid():N}";
    private readonly List<ServiceProvider> _providers = [];
    private FakeApiClient _client = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public ValueTask InitializeAsync()
    {
        _client = new FakeApiClient(server.Server);
        return ValueTask.CompletedTask;
    }

    public async ValueTask DisposeAsync()
    {
        server.Server.IsAllowed = _ => true;
        _client.Dispose();
        foreach (ServiceProvider provider in _providers)
        {
            await provider.DisposeAsync();
        }
    }

    [Fact]
    public async Task Find_SeveralSlices_GivesEachEndpointOnceAndReadyOnesFirst()
    {
        await CreateAsync("a", "IPv4", """[{"name":"peers","port":5433}]""", """
            [{"addresses":["10.0.0.1"],"conditions":{"ready":false} }, {"addresses":["10.0.0.2"],"conditions":{"ready":true} }]
            """);
        await CreateAsync("b", "IPv4", """[{"name":"mesh","port":2001},{"name":"peers","port":5434}]""", """
            [{"addresses":["10.0.0.3","10.9.9.9"]},
             {"addresses":["10.0.0.4"],"conditions":{"ready":false,"serving":false,"terminating":true} },
             {"addresses":["10.0.0.5"],"conditions":{"ready":false,"serving":true,"terminating":true} }]
            """);
        await CreateAsync("c", "IPv4", """[{"name":"peers","port":5433}]""", """[{"addresses":["10.0.0.2"]}]""");
        await CreateAsync("other", "IPv4", """[{"name":"peers","port":5433}]""", """[{"addresses":["10.0.0.99"]}]""", service: "other");

        IReadOnlyList<string> found = await Peers($"{_service}:peers").FindAsync(Token);

        Assert.Equal(["10.0.0.2:5433", "10.0.0.3:5434"], found.Take(2).Order(StringComparer.Ordinal));
        Assert.Equal(["10.0.0.1:5433", "10.0.0.5:5434"], found.Skip(2).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Find_AddressesOfVersion6AndNames_AreWrittenForAUri()
    {
        await CreateAsync("six", "IPv6", """[{"name":"peers","port":5433}]""", """[{"addresses":["fd00:0::1"]}]""");
        await CreateAsync("name", "FQDN", """[{"name":"peers","port":5433}]""", """[{"addresses":["c1.example.com"]}]""");
        await CreateAsync("none", "IPv4", """[{"name":"peers","port":5433}]""", """[{"addresses":["no address"]}, {"addresses":[]}]""");

        IReadOnlyList<string> found = await Peers($"{_service}:peers").FindAsync(Token);

        Assert.Equal(["[fd00::1]:5433", "c1.example.com:5433"], found.Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("", "10.0.0.1:5433")]
    [InlineData(":6000", "10.0.0.1:6000")]
    public async Task Find_WithoutTheNameOfAPort_TakesTheNumber(string port, string expected)
    {
        await CreateAsync("a", "IPv4", "[]", """[{"addresses":["10.0.0.1"]}]""");

        Assert.Equal([expected], await Peers(_service + port).FindAsync(Token));
    }

    [Fact]
    public async Task Find_PortThatNoSliceHas_SaysWhatToDo()
    {
        await CreateAsync("a", "IPv4", """[{"name":"mesh","port":2001},{"name":"peers"}]""", """[{"addresses":["10.0.0.1"]}]""");

        PeerDiscoveryException exception =
            await Assert.ThrowsAsync<PeerDiscoveryException>(async () => await Peers($"{_service}:peers").FindAsync(Token));

        Assert.Contains($"the service '{_service}' has no port with the name 'peers'", exception.Message, StringComparison.Ordinal);
        Assert.Contains("Name the peer port in the service", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Find_NoSlices_SaysWhatToDo()
    {
        PeerDiscoveryException exception =
            await Assert.ThrowsAsync<PeerDiscoveryException>(async () => await Peers(_service).FindAsync(Token));

        Assert.Contains(
            $"the service '{_service}' has no EndpointSlices. Create it, with a selector for the pods of the Coordinators",
            exception.Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task Find_WithoutTheRight_NamesTheRule()
    {
        server.Server.IsAllowed = request => request.Path.Resource != "endpointslices";

        PeerDiscoveryException exception =
            await Assert.ThrowsAsync<PeerDiscoveryException>(async () => await Peers(_service).FindAsync(Token));

        Assert.Contains(
            """{ apiGroups: ["discovery.k8s.io"], resources: ["endpointslices"], verbs: ["list"] }""",
            exception.Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Find_WithoutTheOption_IsNotAsked() => Assert.False(Peers(string.Empty).IsConfigured);

    [Theory]
    [InlineData("Name")]
    [InlineData("name:")]
    [InlineData("name:70000")]
    [InlineData("name:123456")]
    [InlineData("name:-")]
    [InlineData("name/x")]
    public void Option_ThatIsNoServiceWithAPort_IsRefused(string option)
    {
        IPeerDiscovery peers = Peers(option);

        OptionsValidationException exception = Assert.Throws<OptionsValidationException>(() => peers.IsConfigured);

        Assert.Contains(
            "Coordinator:Store:Kubernetes:PeerService must be the name of a service", exception.Message, StringComparison.Ordinal);
    }

    private IPeerDiscovery Peers(string option)
    {
        var services = new ServiceCollection();
        services.AddLogging();
        services.AddSingleton<IConfiguration>(new ConfigurationBuilder().AddInMemoryCollection(
            server.Settings("peers", server.Port).Append(("Coordinator:Store:Kubernetes:PeerService", option))
                .Select(s => KeyValuePair.Create(s.Item1, (string?)s.Item2))).Build());
        services.UseKubernetesStore();
        ServiceProvider provider = services.BuildServiceProvider();
        _providers.Add(provider);
        return provider.GetRequiredService<IPeerDiscovery>();
    }

    private async Task CreateAsync(string name, string addressType, string ports, string endpoints, string? service = null)
    {
        JsonObject slice = JsonNode.Parse($$"""
            {
              "apiVersion": "discovery.k8s.io/v1", "kind": "EndpointSlice", "addressType": "{{addressType}}",
              "metadata": { "name": "{{_service}}-{{name}}", "labels": { "kubernetes.io/service-name": "{{service ?? _service}}" } },
              "ports": {{ports}},
              "endpoints": {{endpoints}}
            }
            """)!.AsObject();
        Assert.Equal(201, (await _client.PostAsync(FakeApiClient.SlicesPath, slice)).Code);
    }
}
