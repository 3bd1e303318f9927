using System.Globalization;
using System.Net;
using System.Net.Sockets;
using MarbleRun.TestSupport;

namespace MarbleRun.Coordinator.Tests.Hosting;

/// <summary>A peer that is gone is found by the kernel.</summary>
public sealed class KeepAliveTests : RunningCoordinatorTest
{
    /// <summary>The timer of a socket in <c>/proc/net/tcp</c> (proc_pid_net(5)).</summary>
    private const string KeepAliveTimer = "02";

    public static TheoryData<bool> Ports => [true, false];

    [Theory]
    [MemberData(nameof(Ports))]
    [Trait("Security", "G2")]
    public async Task Connection_OfAnyPort_HasTheKernelsKeepAliveTimer(bool isMesh)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "/proc/net/tcp shows the timers of sockets on Linux only.");
        IPEndPoint port = isMesh ? Host.Mesh : Host.Client;
        using var client = new TcpClient();
        await client.ConnectAsync(port, Cancellation);
        int local = ((IPEndPoint)client.Client.LocalEndPoint!).Port;

        string timer = await FindTimerAsync(port.Port, local);

        Assert.Equal(KeepAliveTimer, timer);
    }

    /// <summary>The server's side of a connection; it has the timer when the server has accepted it.</summary>
    private static async Task<string> FindTimerAsync(int server, int client)
    {
        for (string timer = string.Empty; ; await Task.Yield())
        {
            foreach (string line in await File.ReadAllLinesAsync("/proc/net/tcp", Cancellation))
            {
                string[] fields = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
                if (fields[1].EndsWith(":" + server.ToString("X4", CultureInfo.InvariantCulture), StringComparison.Ordinal)
                    && fields[2].EndsWith(":" + client.ToString("X4", CultureInfo.InvariantCulture), StringComparison.Ordinal))
                {
                    timer = fields[5].Split(':')[0];
                }
            }

            if (timer == KeepAliveTimer)
            {
                return timer;
            }
        }
    }
}
