using System.Net;
using MarbleRun.Coordinator.Hosting;
using MarbleRun.TestSupport;
using Microsoft.Extensions.Options;

namespace MarbleRun.Coordinator.Tests.Hosting;

/// <summary>Where to listen, written as MarbleRun 1.9 takes it: by address, by name, or everywhere.</summary>
public sealed class ListenAddressTests : CoordinatorTest
{
    [Theory]
    [InlineData(":4433", null, 4433)]
    [InlineData("127.0.0.1:0", "127.0.0.1", 0)]
    [InlineData("[::1]:2001", "::1", 2001)]
    [InlineData("localhost:4433", "localhost", 4433)]
    [InlineData("coordinator:4433", "coordinator", 4433)]
    [InlineData("mesh_coordinator_1:4433", "mesh_coordinator_1", 4433)]
    [InlineData("coordinator.mesh.svc.cluster.local:2001", "coordinator.mesh.svc.cluster.local", 2001)]
    public void TryParse_HostAndPort_AreTakenApart(string text, string? host, int port)
    {
        Assert.True(ListenAddress.TryParse(text, out ListenAddress? address));
        Assert.Equal(new ListenAddress(host, port), address);
    }

    [Theory]
    [InlineData("")]
    [InlineData("coordinator")]
    [InlineData("coordinator:")]
    [InlineData("coordinator:65536")]
    [InlineData("https://coordinator:4433")]
    [InlineData("a b:1")]
    [InlineData("*:1")]
    public void TryParse_AnythingElse_IsRefused(string text) => Assert.False(ListenAddress.TryParse(text, out _));

    [Fact]
    public void Resolve_Localhost_IsTheIPv4Address() => Assert.Equal(IPAddress.Loopback, new ListenAddress("localhost", 0).Resolve());

    [Fact]
    public async Task Start_HostName_ListensAtItsAddress()
    {
        CoordinatorHost host = await StartAsync(
            settings: [("MeshAddress", "localhost:0"), ("ClientAddress", $"{Dns.GetHostName()}:0"), ("MetricsAddress", "localhost:0")]);

        IPAddress[] addresses = await Dns.GetHostAddressesAsync(Dns.GetHostName(), TestContext.Current.CancellationToken);
        Assert.Equal(IPAddress.Loopback, host.Mesh.Address);
        Assert.Contains(host.Client.Address, addresses);
    }

    [Fact]
    public async Task Start_UnknownHostName_SaysSoAndWhatToDo()
    {
        OptionsValidationException exception = await Assert.ThrowsAsync<OptionsValidationException>(
            () => StartAsync(settings: ("ClientAddress", "no-such-coordinator.invalid:4433")));

        Assert.StartsWith(
            "the host of the address 'no-such-coordinator.invalid:4433' cannot be resolved: ", exception.Message, StringComparison.Ordinal);
    }
}
