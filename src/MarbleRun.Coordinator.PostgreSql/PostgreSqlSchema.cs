using MarbleRun.Coordinator.State.Stores;
using Npgsql;

namespace MarbleRun.Coordinator.PostgreSql;

/// <summary>Creates the tables on first use, and warns of a server that does not keep what it confirms.</summary>
internal sealed partial class PostgreSqlSchema(PostgreSqlServer server, PostgreSqlStoreOptions options, ILogger logger)
{
    /// <summary>Of two Coordinators that start at once, the second one waits and finds the tables. A number of our own.</summary>
    private const long CreationLock = 0x4D61_7262_6C65_5275;

    private const long TableCount = 4;

    private volatile bool _isReady;

    /// <summary>Does nothing after it has succeeded once.</summary>
    public async Task EnsureAsync(NpgsqlConnection connection)
    {
        if (_isReady)
        {
            return;
        }

        await WarnOfLossAsync(connection).ConfigureAwait(false);
        if (await CountTablesAsync(connection).ConfigureAwait(false) != TableCount)
        {
            if (!options.CreateSchema)
            {
                throw new StateStoreException(
                    $"{server.Name}: the schema '{options.Schema}' lacks tables. Create them as docs/operations/stores.md says, or set "
                    + $"{PostgreSqlStoreOptions.SectionName}:{nameof(options.CreateSchema)}.");
            }

            await CreateAsync(connection).ConfigureAwait(false);
        }

        _isReady = true;
    }

    private async Task CreateAsync(NpgsqlConnection connection)
    {
        NpgsqlTransaction transaction = await connection.BeginTransactionAsync().ConfigureAwait(false);
        await using (transaction.ConfigureAwait(false))
        {
            await ExecuteAsync($"SELECT pg_advisory_xact_lock({CreationLock})").ConfigureAwait(false);
            foreach (string statement in PostgreSqlStatements.CreateTables(options.Schema))
            {
                await ExecuteAsync(statement).ConfigureAwait(false);
            }

            await transaction.CommitAsync().ConfigureAwait(false);
        }

        Log.SchemaCreated(logger, options.Schema, server.Name);

        async Task ExecuteAsync(string statement)
        {
            NpgsqlCommand command = new(statement, connection, transaction);
            await using (command.ConfigureAwait(false))
            {
                await command.ExecuteNonQueryAsync().ConfigureAwait(false);
            }
        }
    }

    private async Task<long> CountTablesAsync(NpgsqlConnection connection)
    {
        NpgsqlCommand command = new(PostgreSqlStatements.FindTables, connection);
        await using (command.ConfigureAwait(false))
        {
            command.Parameters.AddWithValue("schema", options.Schema);
            return (long)(await command.ExecuteScalarAsync().ConfigureAwait(false))!;
        }
    }

    private async Task WarnOfLossAsync(NpgsqlConnection connection)
    {
        NpgsqlCommand command = new("SELECT current_setting('fsync'), current_setting('full_page_writes')", connection);
        await using (command.ConfigureAwait(false))
        {
            NpgsqlDataReader reader = await command.ExecuteReaderAsync().ConfigureAwait(false);
            await using (reader.ConfigureAwait(false))
            {
                await reader.ReadAsync().ConfigureAwait(false);
                (string fsync, string pages) = (reader.GetString(0), reader.GetString(1));
                if (fsync != "on" || pages != "on")
                {
                    Log.NotDurable(logger, server.Name, fsync, pages);
                }
            }
        }
    }

    private static partial class Log
    {
        [LoggerMessage(
            EventIds.PostgreSqlSchemaCreated,
            LogLevel.Information,
            "The tables of the state were created in the schema '{Schema}' of {Server}.",
            EventName = "PostgreSqlSchemaCreated")]
        public static partial void SchemaCreated(ILogger logger, string schema, string server);

        [LoggerMessage(
            EventIds.PostgreSqlNotDurable,
            LogLevel.Warning,
            "{Server} runs with fsync = {Fsync} and full_page_writes = {FullPageWrites}: a power cut can destroy the state that it has "
            + "confirmed. Set both to on.",
            EventName = "PostgreSqlNotDurable")]
        public static partial void NotDurable(ILogger logger, string server, string fsync, string fullPageWrites);
    }
}
