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
    public async Task Activate_OneCoordinatorIsUnavailable_UsesTheNextWithTheSameRequest()
    {
        // Which one is asked first, is random.
        await using FakeCoordinator other = await FakeCoordinator.StartAsync(Authority);
        Func<FakeActivation, FakeReply> answer = Coordinator.Handler;
        int calls = 0;
        Coordinator.Handler = other.Handler = call => Interlocked.Increment(ref calls) == 1
            ? throw new RpcException(new Status(StatusCode.Unavailable, "the store does not answer at the moment"))
            : answer(call);

        Task<MarbleActivation> activating = ActivateAsync(o => o.CoordinatorAddress = $"{other.Address}, https://{Coordinator.Address}/");
        await Clock.WaitForTimerAsync(TimeSpan.FromSeconds(5), Token);
        Clock.Advance(TimeSpan.FromSeconds(5));
        await activating;

        FakeActivation one = Assert.Single(other.Calls);
        FakeActivation two = Assert.Single(Coordinator.Calls);
        Assert.Equal(one.ClientCertificate, two.ClientCertificate);
        Assert.Equal(one.Request, two.Request);
    }

    [Fact]
    public async Task Connect_AfterAnAddressThatAccepted_GoesThereFirst()
    {
        using var first = new TcpListener(IPAddress.Loopback, 0);
        using var second = new TcpListener(IPAddress.Loopback, 0);
        first.Start();
        second.Start();
        CoordinatorAddresses addresses = Parse(first, second);

        EndPoint? one = await ConnectAsync(addresses);
        addresses.MoveOn();
        EndPoint? two = await ConnectAsync(addresses);
        EndPoint? again = await ConnectAsync(addresses);
        (Equals(two, second.LocalEndpoint) ? second : first).Stop();
        EndPoint? back = await ConnectAsync(addresses);

        Assert.Equal(one, back);
        Assert.Equal(two, again);
        Assert.NotEqual(one, two);
    }

    [Fact]
    public async Task Connect_ManyProcessesWithTheSameAddresses_AreSpreadOverThem()
    {
        using var first = new TcpListener(IPAddress.Loopback, 0);
        using var second = new TcpListener(IPAddress.Loopback, 0);
        first.Start();
        second.Start();

        var found = new HashSet<EndPoint?>();
        for (int i = 0; i < 64; i++)
        {
            found.Add(await ConnectAsync(Parse(first, second)));
        }

        // That all of them find the same one happens once in 2^63 runs.
        Assert.Equal(2, found.Count);
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

    private static CoordinatorAddresses Parse(TcpListener first, TcpListener second)
    {
        Assert.True(CoordinatorAddresses.TryParse($"{first.LocalEndpoint},{second.LocalEndpoint}", out CoordinatorAddresses? addresses));
        return addresses;
    }

    private static async Task<EndPoint?> ConnectAsync(CoordinatorAddresses addresses)
    {
        using Socket socket = await addresses.ConnectAsync(Token);
        return socket.RemoteEndPoint;
    }
}
