using MarbleRun.TestSupport;

namespace MarbleRun.Coordinator.Tests.Hosting;

/// <summary>
/// What the environment says to ASP.NET Core is not said to the Coordinator: its ports are the ones that its own options name.
/// </summary>
public sealed class HostEnvironmentTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Theory]
    [Trait("Security", "G8")]
    [InlineData("Kestrel__Endpoints__Http__Url", "http://127.0.0.1:0")]
    [InlineData("Kestrel__Endpoints__Https__Url", "https://127.0.0.1:0")]
    [InlineData("ASPNETCORE_Kestrel__Endpoints__Http__Url", "http://127.0.0.1:0")]
    [InlineData("Kestrel__Certificates__Default__Path", "/no/such/certificate.pfx")]
    [InlineData("ASPNETCORE_Kestrel__Certificates__Default__Path", "/no/such/certificate.pfx")]
    [InlineData("ASPNETCORE_URLS", "http://127.0.0.1:0")]
    [InlineData("DOTNET_URLS", "http://127.0.0.1:0")]
    [InlineData("ASPNETCORE_HTTP_PORTS", "0")]
    [InlineData("ASPNETCORE_HTTPS_PORTS", "0")]
    [InlineData("ASPNETCORE_FORWARDEDHEADERS_ENABLED", "true")]
    public async Task Start_WithSettingsOfAnotherAppInTheEnvironment_OpensItsTwoPortsAlone(string name, string value)
    {
        using ChildCoordinator coordinator = await ChildCoordinator.StartAsync(
            _directory, (name, value), ("ASPNETCORE_PREFERHOSTINGURLS", "true"));

        Assert.Equal([.. new[] { coordinator.Mesh.Port, coordinator.Client.Port }.Order()], ListeningPorts(coordinator.ProcessId));
        await coordinator.KillAsync();
    }

    /// <summary>The TCP ports on which a process listens, from Linux's proc(5).</summary>
    private static int[] ListeningPorts(int processId)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Which ports a process has opened is read from /proc.");
        HashSet<string> sockets =
        [
            .. Directory.EnumerateFiles($"/proc/{processId}/fd").Select(
                f => File.ResolveLinkTarget(f, returnFinalTarget: false)?.Name ?? string.Empty),
        ];
        IEnumerable<string[]> connections =
            from table in Directory.EnumerateFiles($"/proc/{processId}/net", "tcp*")
            from line in File.ReadLines(table).Skip(1)
            select line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        const string Listening = "0A";
        return
        [
            .. connections
                .Where(c => c[3] == Listening && sockets.Contains($"socket:[{c[9]}]"))
                .Select(c => Convert.ToInt32(c[1].Split(':')[1], 16))
                .Distinct()
                .Order(),
        ];
    }
}
