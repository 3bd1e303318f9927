using MarbleRun.Coordinator.State.Stores;
using Npgsql;

namespace MarbleRun.Coordinator.PostgreSql;

/// <summary>Runs operations on ready connections within the time limit, and reads.</summary>
internal sealed class PostgreSqlSession(PostgreSqlServer server, PostgreSqlSchema schema, PostgreSqlStoreOptions options)
{
    private string Durability => options.Durability == PostgreSqlDurability.RemoteApply ? "remote_apply" : "on";

    /// <summary>Ends with the caller's token or with the time limit.</summary>
    public CancellationTokenSource Limit(CancellationToken cancellationToken)
    {
        var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(options.CommandTimeout);
        return limit;
    }

    /// <summary>A connection to the primary, whose tables are there.</summary>
    public async Task<NpgsqlConnection> OpenAsync(CancellationToken cancellationToken)
    {
        NpgsqlConnection connection = await server.OpenAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            await schema.EnsureAsync(connection).ConfigureAwait(false);
            return connection;
        }
        catch
        {
            await connection.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>
    /// Runs an operation, and leaves it to itself when the limit ends. A token that is given to Npgsql would make it ask the server to
    /// cancel the statement, and wait for that without a limit.
    /// </summary>
    /// <exception cref="OperationCanceledException">The limit ended first.</exception>
    public static async Task<T> WithinAsync<T>(Func<Task<T>> operation, CancellationToken limit)
    {
        Task<T> running = Task.Run(operation, limit);
        try
        {
            return await running.WaitAsync(limit).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            // Its failure has no other observer.
            _ = running.ContinueWith(t => t.Exception, TaskScheduler.Default);
            throw;
        }
    }

    /// <summary>Reads. A connection that ended while it was unused is replaced once.</summary>
    /// <exception cref="StateStoreException">It cannot be read.</exception>
    public async Task<T> ReadAsync<T>(string what, Func<NpgsqlConnection, Task<T>> read, CancellationToken cancellationToken)
    {
        using CancellationTokenSource limit = Limit(cancellationToken);
        for (bool isSecond = false; ; isSecond = true)
        {
            try
            {
                return await WithinAsync(() => ReadAsync(read, limit.Token), limit.Token).ConfigureAwait(false);
            }
            catch (Exception exception) when (PostgreSqlServer.IsFailure(exception))
            {
                cancellationToken.ThrowIfCancellationRequested();
                if (isSecond || PostgreSqlServer.IsRefusal(exception) || limit.IsCancellationRequested)
                {
                    throw server.Describe(what, exception);
                }
            }
        }
    }

    /// <summary>A command with the parameters that all statements of a table share.</summary>
    public NpgsqlCommand Create(NpgsqlConnection connection, string statement, string? name) =>
        Complete(new NpgsqlCommand(statement, connection), name);

    /// <summary>Adds the parameters that all statements of a table share.</summary>
    public NpgsqlCommand Complete(NpgsqlCommand command, string? name)
    {
        command.Parameters.AddWithValue("deployment", options.Deployment);
        command.Parameters.AddWithValue("durability", Durability);
        if (name is not null)
        {
            command.Parameters.AddWithValue("name", name);
        }

        return command;
    }

    public async Task<PostgreSqlVersion?> ReadVersionAsync(
        NpgsqlConnection connection, PostgreSqlStatements statements, string? name)
    {
        NpgsqlCommand command = Create(connection, statements.ReadVersion, name);
        await using (command.ConfigureAwait(false))
        {
            NpgsqlDataReader reader = await command.ExecuteReaderAsync().ConfigureAwait(false);
            await using (reader.ConfigureAwait(false))
            {
                return await ReadRowAsync(reader).ConfigureAwait(false);
            }
        }
    }

    /// <summary>The version in the columns of <see cref="PostgreSqlStatements.ReadVersion"/>; null without a row.</summary>
    /// <exception cref="StateStoreException">The server is a standby, which may be behind.</exception>
    public async Task<PostgreSqlVersion?> ReadRowAsync(NpgsqlDataReader reader)
    {
        await reader.ReadAsync().ConfigureAwait(false);
        if (await reader.GetFieldValueAsync<bool>(0).ConfigureAwait(false))
        {
            throw new StateStoreException(
                $"{server.Name} is a standby, which may be behind its primary. Name the server that takes writes, or all servers, in "
                + "Host.");
        }

        return await reader.IsDBNullAsync(1).ConfigureAwait(false)
            ? null
            : new PostgreSqlVersion(
                await reader.GetFieldValueAsync<long>(1).ConfigureAwait(false),
                await reader.GetFieldValueAsync<Guid>(2).ConfigureAwait(false));
    }

    private async Task<T> ReadAsync<T>(Func<NpgsqlConnection, Task<T>> read, CancellationToken limit)
    {
        NpgsqlConnection connection = await OpenAsync(limit).ConfigureAwait(false);
        await using (connection.ConfigureAwait(false))
        {
            return await read(connection).ConfigureAwait(false);
        }
    }
}
