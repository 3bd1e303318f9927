using MarbleRun.Coordinator.State.Stores;
using Npgsql;

namespace MarbleRun.Coordinator.PostgreSql;

/// <summary>
/// Commits, and finds out what became of a commit that was not answered: the server process that had it is ended, and then the row says
/// which commit it is of.
/// </summary>
internal sealed class PostgreSqlWriter(PostgreSqlServer server, PostgreSqlSession session, PostgreSqlStoreOptions options)
{
    private const string What = "the state cannot be committed";

    /// <summary>Waits until the process is gone, for at most the given number of milliseconds.</summary>
    private const string EndProcess =
        "SELECT pg_terminate_backend(pid, @wait) FROM pg_stat_activity WHERE pid = @pid AND backend_start = @start";

    private const string FindProcess = "SELECT backend_start FROM pg_stat_activity WHERE pid = pg_backend_pid()";

    private enum Outcome
    {
        Made,
        NotMade,
        Conflict,
        Unknown,
    }

    /// <returns>The version after the commit.</returns>
    /// <exception cref="StateStoreException">As in <see cref="IStateStore.CommitAsync"/>.</exception>
    public async Task<PostgreSqlVersion> CommitAsync(PostgreSqlCommit commit, CancellationToken cancellationToken)
    {
        for (bool isSecond = false; ; isSecond = true)
        {
            (Outcome outcome, Exception? failure) = await TryCommitAsync(commit, cancellationToken).ConfigureAwait(false);
            switch (outcome)
            {
                case Outcome.Made:
                    return commit.Next;
                case Outcome.Conflict:
                    throw Conflict(commit.Expected is null ? "none" : $"number {commit.Expected.Value.Number}");
                case Outcome.Unknown:
                    throw server.Describe("it is not known whether the commit was made", failure!, isOutcomeUnknown: true);
                case Outcome.NotMade when isSecond || PostgreSqlServer.IsRefusal(failure!):
                    throw server.Describe(What, failure!);
                default:
                    // A connection that had ended while it was unused. The commit was not made, and cannot be made any more.
                    continue;
            }
        }
    }

    /// <summary>Runs a statement that deletes the rows of the deployment.</summary>
    public async Task DeleteAsync(string what, string statement, Guid? id, CancellationToken cancellationToken)
    {
        bool isSent = false;
        using CancellationTokenSource limit = session.Limit(cancellationToken);
        try
        {
            await PostgreSqlSession.WithinAsync(SendAsync, limit.Token).ConfigureAwait(false);
        }
        catch (Exception exception) when (PostgreSqlServer.IsFailure(exception))
        {
            if (!Volatile.Read(ref isSent))
            {
                cancellationToken.ThrowIfCancellationRequested();
            }

            throw server.Describe(what, exception, isOutcomeUnknown: isSent && !PostgreSqlServer.IsRefusal(exception));
        }

        async Task<object?> SendAsync()
        {
            NpgsqlConnection connection = await session.OpenAsync(limit.Token).ConfigureAwait(false);
            await using (connection.ConfigureAwait(false))
            {
                // A connection that has ended is noticed before anything is sent that matters.
                await ExecuteAsync(connection, new NpgsqlCommand("SELECT 1", connection)).ConfigureAwait(false);
                NpgsqlCommand command = session.Create(connection, statement, name: null);
                if (id is { } value)
                {
                    command.Parameters.AddWithValue("id", value);
                }

                limit.Token.ThrowIfCancellationRequested();
                Volatile.Write(ref isSent, true);
                return await ExecuteAsync(connection, command).ConfigureAwait(false);
            }
        }
    }

    /// <summary>Nothing was changed.</summary>
    public StateStoreException Conflict(string expected) => new(
        $"{server.Name}: the state of '{options.Deployment}' is not the version that this Coordinator read last ({expected}). Another "
        + "Coordinator writes it, or somebody put another one there.")
    {
        IsConflict = true,
    };

    private static async Task<object?> ExecuteAsync(NpgsqlConnection connection, NpgsqlCommand command)
    {
        await using (command.ConfigureAwait(false))
        {
            command.Connection = connection;
            return await command.ExecuteScalarAsync().ConfigureAwait(false);
        }
    }

    private async Task<(Outcome Outcome, Exception? Failure)> TryCommitAsync(PostgreSqlCommit commit, CancellationToken cancellationToken)
    {
        using CancellationTokenSource limit = session.Limit(cancellationToken);
        Process? process = null;
        try
        {
            object? version = await PostgreSqlSession.WithinAsync(SendAsync, limit.Token).ConfigureAwait(false);
            return (version is null ? Outcome.Conflict : Outcome.Made, null);
        }
        catch (Exception exception) when (PostgreSqlServer.IsFailure(exception))
        {
            if (Volatile.Read(ref process) is not { } sent)
            {
                cancellationToken.ThrowIfCancellationRequested();
                return (Outcome.NotMade, exception);
            }

            // A refusal for another transaction's sake (class 40) says as much as a conflict, once the row shows it.
            bool isSettled = PostgreSqlServer.IsRefusal(exception) && ((PostgresException)exception).SqlState[..2] != "40";
            return (isSettled ? Outcome.NotMade : await ResolveAsync(commit, sent).ConfigureAwait(false), exception);
        }

        async Task<object?> SendAsync()
        {
            NpgsqlConnection connection = await session.OpenAsync(limit.Token).ConfigureAwait(false);
            await using (connection.ConfigureAwait(false))
            {
                var start = (DateTime)(await ExecuteAsync(connection, new NpgsqlCommand(FindProcess, connection)).ConfigureAwait(false))!;
                NpgsqlCommand command = session.Complete(commit.Create(connection), commit.Name);

                // The caller has given up before this, or asks what became of the commit.
                Volatile.Write(ref process, new Process(connection.ProcessID, start));
                limit.Token.ThrowIfCancellationRequested();
                return await ExecuteAsync(connection, command).ConfigureAwait(false);
            }
        }
    }

    private async Task<Outcome> ResolveAsync(PostgreSqlCommit commit, Process process)
    {
        using CancellationTokenSource limit = session.Limit(CancellationToken.None);
        try
        {
            return await PostgreSqlSession.WithinAsync(AskAsync, limit.Token).ConfigureAwait(false);
        }
        catch (Exception exception) when (PostgreSqlServer.IsFailure(exception) || exception is StateStoreException)
        {
            return Outcome.Unknown;
        }

        async Task<Outcome> AskAsync()
        {
            NpgsqlConnection connection = await session.OpenAsync(limit.Token).ConfigureAwait(false);
            await using (connection.ConfigureAwait(false))
            {
                var end = new NpgsqlCommand(EndProcess, connection);
                end.Parameters.AddWithValue("wait", (long)(options.CommandTimeout.TotalMilliseconds / 2));
                end.Parameters.AddWithValue("pid", process.Id);
                end.Parameters.AddWithValue("start", process.Start);
                if (await ExecuteAsync(connection, end).ConfigureAwait(false) is false)
                {
                    return Outcome.Unknown;
                }

                NpgsqlCommand confirm = session.Create(connection, commit.Statements.Confirm, commit.Name);
                confirm.Parameters.AddWithValue("id", commit.Id);
                if (await ExecuteAsync(connection, confirm).ConfigureAwait(false) is not null)
                {
                    return Outcome.Made;
                }

                PostgreSqlVersion? found = await session.ReadVersionAsync(connection, commit.Statements, commit.Name).ConfigureAwait(false);
                return found == commit.Expected ? Outcome.NotMade
                    : found?.Number == commit.Next.Number ? Outcome.Conflict
                    : Outcome.Unknown;
            }
        }
    }

    /// <summary>The process of the server that has a commit: its number is used again, but not at the same time.</summary>
    private sealed record Process(int Id, DateTime Start);
}
