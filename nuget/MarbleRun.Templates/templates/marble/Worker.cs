namespace MarbleNamespace1;

/// <summary>Asks another Marble at intervals.</summary>
internal sealed partial class Worker(IHttpClientFactory clients, TimeProvider timeProvider, ILogger<Worker> logger) : BackgroundService
{
    public const string Peer = "peer";

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromSeconds(10), timeProvider);
        do
        {
            using HttpClient client = clients.CreateClient(Peer);
            if (client.BaseAddress is null)
            {
                LogNoPeer(logger);
                continue;
            }

            try
            {
                LogAnswer(logger, await client.GetStringAsync(client.BaseAddress, stoppingToken));
            }
            catch (HttpRequestException exception)
            {
                LogFailure(logger, exception);
            }
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    [LoggerMessage(1, LogLevel.Information, "The peer answered: {Answer}")]
    private static partial void LogAnswer(ILogger logger, string answer);

    [LoggerMessage(2, LogLevel.Warning, "The peer could not be asked.")]
    private static partial void LogFailure(ILogger logger, Exception exception);

    [LoggerMessage(3, LogLevel.Information, "This Marble runs. Set Peer:Address and Peer:MarbleType for it to ask another one.")]
    private static partial void LogNoPeer(ILogger logger);
}
