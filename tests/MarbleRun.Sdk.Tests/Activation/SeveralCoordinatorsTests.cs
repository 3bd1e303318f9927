using System.Net;
using System.Net.Sockets;
using Grpc.Core;
using MarbleRun.Activation;
using MarbleRun.TestSupport;

namespace MarbleRun.Tests.Activation;

/// <summary>A Marble that knows several Coordinators of one deployment.</summary>
public sealed class SeveralCoordinatorsTests : ActivationFixture
{
    [Fact]
    public async Task Activate_FirstAddressRefusesConnections_UsesTheNext()
    {
        using var dead = new TcpListener(IPAddress.Loopback, 0);
        dead.Start();
        int port = ((IPEndPoint)dead.LocalEndpoint).Port;
        dead.Stop();

        await ActivateAsync(o => o.CoordinatorAddress = $"127.0.0.1:{port},{Coordinator.Address}");

        Assert.Single(Coordinator.Calls);
    }

    [Fact]
    public async Task Activate_FirstCoordinatorIsUnavailable_UsesTheNextWithTheSameRequest()
    {
        await using FakeCoordinator away = await FakeCoordinator.StartAsync(Authority);
        away.Handler = _ => throw new RpcException(new Status(StatusCode.Unavailable, "the store does not answer at the moment"));

        Task<MarbleActivation> activating = ActivateAsync(o => o.CoordinatorAddress = $"{away.Address}, https://{Coordinator.Address}/");
        await Clock.WaitForTimerAsync(TimeSpan.FromSeconds(5), Token);
        Clock.Advance(TimeSpan.FromSeconds(5));
        await activating;

        Assert.Single(away.Calls);
        FakeActivation call = Assert.Single(Coordinator.Calls);
        Assert.Equal(away.Calls.Single().ClientCertificate, call.ClientCertificate);
        Assert.Equal(away.Calls.Single().Request, call.Request);
    }

    [Fact]
    public async Task Connect_AfterAnAddressThatAccepted_GoesThereFirst()
    {
        using var first = new TcpListener(IPAddress.Loopback, 0);
        using var second = new TcpListener(IPAddress.Loopback, 0);
        first.Start();
        second.Start();
        Assert.True(CoordinatorAddresses.TryParse($"{first.LocalEndpoint},{second.LocalEndpoint}", out CoordinatorAddresses? addresses));

        EndPoint? one = await ConnectAsync(addresses);
        addresses.MoveOn();
        EndPoint? two = await ConnectAsync(addresses);
        EndPoint? again = await ConnectAsync(addresses);
        second.Stop();
        EndPoint? back = await ConnectAsync(addresses);

        Assert.Equal((first.LocalEndpoint, first.LocalEndpoint), (one, back));
        Assert.Equal(two, again);
        Assert.NotEqual(one, two);
    }

    [Theory]
    [InlineData("")]
    [InlineData(",")]
    [InlineData("a:1,")]
    [InlineData("a:1,,b:2")]
    [InlineData("a:1;b:2")]
    [InlineData("a:1,b")]
    [InlineData("a:1,http://b:2")]
    public void TryParse_AnAddressIsWrong_IsRefused(string text) => Assert.False(CoordinatorAddresses.TryParse(text, out _));

    private static async Task<EndPoint?> ConnectAsync(CoordinatorAddresses addresses)
    {
        using Socket socket = await addresses.ConnectAsync(Token);
        return socket.RemoteEndPoint;
    }
}
