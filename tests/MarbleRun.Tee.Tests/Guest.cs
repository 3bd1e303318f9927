using System.Globalization;

namespace MarbleRun.Tee.Tests;

/// <summary>One start of the virtual machine for all checks.</summary>
public sealed class Guest : IAsyncLifetime
{
    private static readonly TimeSpan s_limit = TimeSpan.FromMinutes(5);

    internal CheckRun Run { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        // 10,000 take about 10 seconds more.
        string reports = Environment.GetEnvironmentVariable("MARBLERUN_TEE_REPORTS") ?? 1000.ToString(CultureInfo.InvariantCulture);
        Run = await CheckRun.RunAsync("guest/run", [Shim.Library, reports], s_limit);
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
