using MarbleRun.Audit;
using MarbleRun.Coordinator.State.Stores;
using Npgsql;
using NpgsqlTypes;

namespace MarbleRun.Coordinator.PostgreSql;

/// <summary>Keeps audit trails as one row for each record.</summary>
internal sealed class PostgreSqlAuditStore(PostgreSqlServer server, PostgreSqlSession session, PostgreSqlStoreOptions options) : IAuditStore
{
    private const string What = "the audit trail cannot be written";

    private readonly PostgreSqlAuditStatements _statements = new(options.Schema);

    /// <summary>
    /// A repeated statement does no harm: the rows of the first one are found, or keep the second one from adding others. So an append
    /// without an answer is sent once more.
    /// </summary>
    public async ValueTask AppendAsync(
        string replica, long first, IReadOnlyList<ReadOnlyMemory<byte>> lines, CancellationToken cancellationToken)
    {
        byte[][] rows = [.. lines.Select(line => line.ToArray())];
        bool isSent = false;
        for (bool isSecond = false; ; isSecond = true)
        {
            using CancellationTokenSource limit = session.Limit(cancellationToken);
            bool isSentNow = false;
            try
            {
                if (await PostgreSqlSession.WithinAsync(SendAsync, limit.Token).ConfigureAwait(false) != rows.Length)
                {
                    throw new StateStoreException(
                        $"{server.Name}: the audit trail of '{replica}' in '{options.Deployment}' does not end with record {first - 1}.")
                    {
                        IsConflict = true,
                    };
                }

                return;
            }
            catch (Exception exception) when (PostgreSqlServer.IsFailure(exception))
            {
                bool isRefused = PostgreSqlServer.IsRefusal(exception) && ((PostgresException)exception).SqlState[..2] != "40";
                if (!isSent && !Volatile.Read(ref isSentNow))
                {
                    cancellationToken.ThrowIfCancellationRequested();
                }

                isSent |= Volatile.Read(ref isSentNow) && !isRefused;
                if (isSecond || isRefused)
                {
                    throw server.Describe(What, exception, isOutcomeUnknown: isSent);
                }
            }

            async Task<long> SendAsync()
            {
                NpgsqlConnection connection = await session.OpenAsync(limit.Token).ConfigureAwait(false);
                await using (connection.ConfigureAwait(false))
                {
                    limit.Token.ThrowIfCancellationRequested();
                    Volatile.Write(ref isSentNow, true);
                    try
                    {
                        long added = await RunAsync(connection, _statements.Append).ConfigureAwait(false);
                        return added > 0 ? added : await RunAsync(connection, _statements.Confirm).ConfigureAwait(false);
                    }
                    catch (PostgresException exception) when (exception.SqlState == PostgresErrorCodes.UniqueViolation)
                    {
                        // Added at the same moment, by an earlier statement of this append or by somebody else.
                        return await RunAsync(connection, _statements.Confirm).ConfigureAwait(false);
                    }
                }
            }
        }

        async Task<long> RunAsync(NpgsqlConnection connection, string statement)
        {
            NpgsqlCommand command = session.Create(connection, statement, replica);
            await using (command.ConfigureAwait(false))
            {
                command.Parameters.AddWithValue("first", first);
                command.Parameters.Add(
                    new NpgsqlParameter<byte[][]>("lines", NpgsqlDbType.Array | NpgsqlDbType.Bytea) { TypedValue = rows });
                return (long)(await command.ExecuteScalarAsync(CancellationToken.None).ConfigureAwait(false))!;
            }
        }
    }

    public async ValueTask<StoredAuditLine?> ReadLastAsync(string replica, CancellationToken cancellationToken)
    {
        IReadOnlyList<StoredAuditLine> found = await ReadAsync(replica, _statements.ReadLast, cancellationToken).ConfigureAwait(false);
        return found is [var last] ? last : null;
    }

    public async ValueTask<IReadOnlyList<StoredAuditLine>> ReadAsync(
        string replica, long first, int limit, CancellationToken cancellationToken) =>
        await ReadAsync(
            replica, _statements.Read, cancellationToken, ("first", first), ("limit", limit), ("bytes", IAuditStore.MaxReadBytes))
            .ConfigureAwait(false);

    private Task<IReadOnlyList<StoredAuditLine>> ReadAsync(
        string replica, string statement, CancellationToken cancellationToken, params (string Name, object Value)[] parameters) =>
        session.ReadAsync<IReadOnlyList<StoredAuditLine>>(
            $"the audit trail of '{replica}' cannot be read",
            async connection =>
            {
                NpgsqlCommand command = session.Create(connection, statement, replica);
                await using (command.ConfigureAwait(false))
                {
                    command.Parameters.AddWithValue("longest", AuditRecord.MaxLineLength);
                    foreach ((string name, object value) in parameters)
                    {
                        command.Parameters.AddWithValue(name, value);
                    }

                    NpgsqlDataReader reader = await command.ExecuteReaderAsync().ConfigureAwait(false);
                    await using (reader.ConfigureAwait(false))
                    {
                        return await ReadRowsAsync(reader).ConfigureAwait(false);
                    }
                }
            },
            cancellationToken);

    private async Task<List<StoredAuditLine>> ReadRowsAsync(NpgsqlDataReader reader)
    {
        var lines = new List<StoredAuditLine>();
        while (await reader.ReadAsync().ConfigureAwait(false))
        {
            long sequence = await reader.GetFieldValueAsync<long>(0).ConfigureAwait(false);
            lines.Add(await reader.IsDBNullAsync(1).ConfigureAwait(false)
                ? throw new StateStoreException(
                    $"{server.Name}: row {sequence} of the table \"{options.Schema}\".audit is too long for a record. Another program "
                    + "wrote to the table.")
                : new StoredAuditLine(sequence, await reader.GetFieldValueAsync<byte[]>(1).ConfigureAwait(false)));
        }

        return lines;
    }
}
