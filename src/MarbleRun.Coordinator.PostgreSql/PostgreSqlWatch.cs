using System.Security.Cryptography;
using MarbleRun.Coordinator.State.Stores;
using Npgsql;

namespace MarbleRun.Coordinator.PostgreSql;

/// <summary>
/// Hears of commits by LISTEN. A connection can end without a sign, so that the version is also read at an interval; after each new
/// connection it is reported again.
/// </summary>
internal sealed partial class PostgreSqlWatch(
    PostgreSqlServer server, PostgreSqlSession session, PostgreSqlStatements statements, string deployment, ILogger logger)
    : IAsyncDisposable
{
    private const int MaxDelayMilliseconds = 2000;

    private static readonly TimeSpan s_interval = TimeSpan.FromSeconds(10);

    private NpgsqlConnection? _connection;
    private PostgreSqlVersion? _last;
    private bool _isFirst = true;
    private bool _isNotified;

    /// <summary>Waits for the next report.</summary>
    /// <exception cref="StateStoreException">The first connection failed. Later ones are tried until one succeeds.</exception>
    public async Task<PostgreSqlVersion?> NextAsync(CancellationToken cancellationToken)
    {
        for (int failures = 0; ; failures++)
        {
            try
            {
                return await WaitAsync(cancellationToken).ConfigureAwait(false);
            }
            catch (Exception exception) when (PostgreSqlServer.IsFailure(exception) || exception is StateStoreException)
            {
                await CloseAsync().ConfigureAwait(false);
                cancellationToken.ThrowIfCancellationRequested();
                if (_isFirst)
                {
                    throw exception as StateStoreException ?? server.Describe("the state cannot be watched", exception);
                }

                if (failures == 0)
                {
                    Log.WatchLost(logger, server.Name, exception);
                }

                int longest = Math.Min(MaxDelayMilliseconds, 100 << Math.Min(failures, 5));
                await Task.Delay(
                    TimeSpan.FromMilliseconds(RandomNumberGenerator.GetInt32(longest / 2, longest)), TimeProvider.System, cancellationToken)
                    .ConfigureAwait(false);
            }
        }
    }

    public async ValueTask DisposeAsync() => await CloseAsync().ConfigureAwait(false);

    private async Task<PostgreSqlVersion?> WaitAsync(CancellationToken cancellationToken)
    {
        if (_connection is not { } connection)
        {
            return await ConnectAsync(cancellationToken).ConfigureAwait(false);
        }

        while (true)
        {
            bool isWoken = _isNotified || await connection.WaitAsync(s_interval, cancellationToken).ConfigureAwait(false);
            if (isWoken && !_isNotified)
            {
                continue;
            }

            PostgreSqlVersion? known = _last;
            bool wasNotified = _isNotified;
            _isNotified = false;
            PostgreSqlVersion? found = await ReadAsync(connection, cancellationToken).ConfigureAwait(false);
            if (wasNotified || found != known)
            {
                return found;
            }
        }
    }

    private async Task<PostgreSqlVersion?> ConnectAsync(CancellationToken cancellationToken)
    {
        using CancellationTokenSource limit = session.Limit(cancellationToken);
        NpgsqlConnection connection = await session.OpenAsync(limit.Token).ConfigureAwait(false);
        _connection = connection;
        connection.Notification += (_, notification) => _isNotified |= notification.Payload == deployment;
        NpgsqlCommand listen = new($"LISTEN {PostgreSqlStatements.Channel}", connection);
        await using (listen.ConfigureAwait(false))
        {
            await RunAsync(connection, () => listen.ExecuteNonQueryAsync(CancellationToken.None), limit.Token).ConfigureAwait(false);
        }

        return await ReadAsync(connection, cancellationToken).ConfigureAwait(false);
    }

    private async Task<PostgreSqlVersion?> ReadAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        using CancellationTokenSource limit = session.Limit(cancellationToken);
        _last = await RunAsync(connection, () => session.ReadVersionAsync(connection, statements, name: null), limit.Token)
            .ConfigureAwait(false);
        _isFirst = false;
        return _last;
    }

    /// <summary>A connection whose statement was not answered in time is closed when it is.</summary>
    private async Task<T> RunAsync<T>(NpgsqlConnection connection, Func<Task<T>> operation, CancellationToken limit)
    {
        Task<T>? running = null;
        try
        {
            return await PostgreSqlSession.WithinAsync(() => running = operation(), limit).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (running is { IsCompleted: false })
        {
            _connection = null;
            _ = running.ContinueWith(_ => connection.DisposeAsync().AsTask(), TaskScheduler.Default);
            throw;
        }
    }

    private async Task CloseAsync()
    {
        if (_connection is { } connection)
        {
            _connection = null;
            await connection.DisposeAsync().ConfigureAwait(false);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(
            EventIds.PostgreSqlWatchLost,
            LogLevel.Warning,
            "The watch of the state in {Server} was lost, and is tried again until it succeeds; commits do not depend on it.",
            EventName = "PostgreSqlWatchLost")]
        public static partial void WatchLost(ILogger logger, string server, Exception exception);
    }
}
