using System.Diagnostics;
using System.Text.Json;
using MarbleRun.TestSupport;

namespace MarbleRun.Coordinator.Tests.Diagnostics;

/// <summary>The log of the Coordinator's own process, as a log collector reads it.</summary>
public sealed class ProcessLogTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task Json_FromTheFirstLineToTheFailureOfAStart_IsOneObjectPerLine()
    {
        string[] arguments =
        [
            "--simulation",
            "--log-format",
            "json",
            "--mesh-address",
            "127.0.0.1:0",
            "--client-address",
            "127.0.0.1:0",
            "--metrics-address",
            "127.0.0.1:0",
            "--seal-directory",
            _directory.File("seal"),
        ];
        List<JsonElement> lines = await RunUntilAsync("Metrics, events and health", arguments);

        JsonElement listening = lines[^1];
        Assert.Equal("Information", listening.GetProperty("LogLevel").GetString());
        Assert.Equal("MarbleRun.Coordinator.Hosting.CoordinatorAnnouncer", listening.GetProperty("Category").GetString());
        Assert.StartsWith("127.0.0.1:", listening.GetProperty("State").GetProperty("MetricsAddress").GetString(), StringComparison.Ordinal);
        Assert.EndsWith("Z", listening.GetProperty("Timestamp").GetString(), StringComparison.Ordinal);

        List<JsonElement> failure = await RunUntilAsync("cannot start", [.. arguments, "--metrics-address=192.0.2.1:1"]);
        Assert.Contains(
            "The Coordinator cannot start: a port cannot be opened: ",
            failure[^1].GetProperty("Message").GetString(),
            StringComparison.Ordinal);
    }

    /// <summary>The lines up to the one that contains <paramref name="part"/>.</summary>
    private async Task<List<JsonElement>> RunUntilAsync(string part, string[] arguments)
    {
        var start = new ProcessStartInfo(
            Environment.ProcessPath is { } path && Path.GetFileNameWithoutExtension(path) == "dotnet" ? path : "dotnet")
        {
            RedirectStandardOutput = true,
            WorkingDirectory = _directory.File("."),
            Environment = { ["HOME"] = _directory.File("."), ["XDG_DATA_HOME"] = _directory.File(".") },
        };
        start.ArgumentList.Add(Path.Combine(AppContext.BaseDirectory, "MarbleRun.Coordinator.dll"));
        foreach (string argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        using Process process = Process.Start(start)!;
        try
        {
            var lines = new List<JsonElement>();
            while (await process.StandardOutput.ReadLineAsync(Cancellation) is { } line)
            {
                using JsonDocument json = JsonDocument.Parse(line);
                lines.Add(json.RootElement.Clone());
                if (line.Contains(part, StringComparison.Ordinal))
                {
                    return lines;
                }
            }

            throw new InvalidOperationException($"The process ended before it said '{part}'.");
        }
        finally
        {
            process.Kill();
            await process.WaitForExitAsync(CancellationToken.None);
        }
    }
}
