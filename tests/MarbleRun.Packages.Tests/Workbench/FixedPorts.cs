using System.Net.NetworkInformation;

namespace MarbleRun.Packages.Tests.Workbench;

/// <summary>The ports that documented commands use, which no test can choose.</summary>
internal static class FixedPorts
{
    public static void AssertFree(params int[] ports)
    {
        IEnumerable<int> taken = IPGlobalProperties.GetIPGlobalProperties().GetActiveTcpListeners().Select(l => l.Port).Intersect(ports);

        Assert.True(
            !taken.Any(),
            $"The documented commands use port {string.Join(", ", taken)}, on which another program listens. Stop it and try again.");
    }
}
