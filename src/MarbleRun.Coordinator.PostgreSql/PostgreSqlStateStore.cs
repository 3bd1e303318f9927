using System.Runtime.CompilerServices;
using MarbleRun.Coordinator.State.Stores;
using Npgsql;

namespace MarbleRun.Coordinator.PostgreSql;

/// <summary>Keeps the state as one row of a deployment, and each blob beside it as another one.</summary>
internal sealed class PostgreSqlStateStore : IStateStore, IAsyncDisposable
{
    private readonly PostgreSqlStoreOptions _options;
    private readonly PostgreSqlServer _server;
    private readonly PostgreSqlSession _session;
    private readonly PostgreSqlWriter _writer;
    private readonly PostgreSqlStatements _state;
    private readonly PostgreSqlStatements _blobs;
    private readonly ILogger _logger;

    public PostgreSqlStateStore(PostgreSqlStoreOptions options, ILogger<PostgreSqlStateStore> logger)
    {
        (_options, _logger) = (options, logger);
        _server = new PostgreSqlServer(options);
        _session = new PostgreSqlSession(_server, new PostgreSqlSchema(_server, options, logger), options);
        _writer = new PostgreSqlWriter(_server, _session, options);
        Audit = new PostgreSqlAuditStore(_server, _session, options);
        _state = PostgreSqlStatements.OfState(options.Schema);
        _blobs = PostgreSqlStatements.OfBlobs(options.Schema);
    }

    public bool IsShared => true;

    /// <summary>The audit trails, over the same connections.</summary>
    public PostgreSqlAuditStore Audit { get; }

    public async ValueTask<StoredState?> LoadAsync(CancellationToken cancellationToken) =>
        await _session.ReadAsync(
            "the state cannot be read", c => LoadAsync(c, _state, name: null), cancellationToken).ConfigureAwait(false)
            is { } row
            ? new StoredState(new StateBlobs(row.Data, row.Key), row.Version.ToStateVersion())
            : null;

    public async ValueTask<StoredBlob?> LoadBlobAsync(string name, CancellationToken cancellationToken)
    {
        RequireName(name);
        return await _session.ReadAsync(
            $"the blob '{name}' cannot be read", c => LoadAsync(c, _blobs, name), cancellationToken).ConfigureAwait(false)
            is { } row
            ? new StoredBlob(row.Data, row.Version.ToStateVersion())
            : null;
    }

    public async ValueTask<StateVersion?> ReadVersionAsync(CancellationToken cancellationToken) =>
        (await _session.ReadAsync(
            "the version of the state cannot be read",
            c => _session.ReadVersionAsync(c, _state, name: null),
            cancellationToken).ConfigureAwait(false))?.ToStateVersion();

    public ValueTask<StateVersion> CommitAsync(StateBlobs blobs, StateVersion? expectedVersion, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(blobs);
        RequireSize("state", blobs.Data);
        RequireSize("key of the state", blobs.Key);
        return CommitAsync(_state, name: null, blobs.Data, blobs.Key, expectedVersion, cancellationToken);
    }

    public ValueTask<StateVersion> CommitBlobAsync(
        string name, ReadOnlyMemory<byte> blob, StateVersion? expectedVersion, CancellationToken cancellationToken)
    {
        RequireName(name);
        RequireSize($"blob '{name}'", blob);
        return CommitAsync(_blobs, name, blob, key: default, expectedVersion, cancellationToken);
    }

    public async IAsyncEnumerable<StateVersion?> WatchAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var watch = new PostgreSqlWatch(_server, _session, _state, _options.Deployment, _logger);
        await using (watch.ConfigureAwait(false))
        {
            while (true)
            {
                yield return (await watch.NextAsync(cancellationToken).ConfigureAwait(false))?.ToStateVersion();
            }
        }
    }

    public async ValueTask<string> ArchiveAsync(CancellationToken cancellationToken)
    {
        var id = Guid.NewGuid();
        await _writer.DeleteAsync(
            "the state cannot be archived", PostgreSqlStatements.Archive(_options.Schema), id, cancellationToken).ConfigureAwait(false);
        return $"{_server.Name}, table {_options.Schema}.archive, archive_id {id}";
    }

    public async ValueTask RemoveAsync(CancellationToken cancellationToken) =>
        await _writer.DeleteAsync(
            "the state cannot be removed", PostgreSqlStatements.Remove(_options.Schema), id: null, cancellationToken).ConfigureAwait(false);

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    private static void RequireName(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        if (name.Length is 0 or > 64 || name.Any(c => c is not ((>= 'a' and <= 'z') or '_')))
        {
            throw new ArgumentException("The name of a blob is 1 to 64 of 'a' to 'z' and '_'.", nameof(name));
        }
    }

    private async ValueTask<StateVersion> CommitAsync(
        PostgreSqlStatements statements,
        string? name,
        ReadOnlyMemory<byte> data,
        ReadOnlyMemory<byte> key,
        StateVersion? expectedVersion,
        CancellationToken cancellationToken)
    {
        PostgreSqlVersion? expected = null;
        if (expectedVersion is { } given)
        {
            expected = PostgreSqlVersion.TryParse(given, out PostgreSqlVersion parsed)
                ? parsed
                : throw _writer.Conflict("a version that this store never gave out");
        }

        var commit = new PostgreSqlCommit(statements, name, data, key, expected);
        return (await _writer.CommitAsync(commit, cancellationToken).ConfigureAwait(false)).ToStateVersion();
    }

    /// <summary>A blob that is too large is never in memory: the server is asked for its length, and the answer is verified.</summary>
    private async Task<Row?> LoadAsync(NpgsqlConnection connection, PostgreSqlStatements statements, string? name)
    {
        NpgsqlCommand command = _session.Create(connection, statements.Read, name);
        await using (command.ConfigureAwait(false))
        {
            command.Parameters.AddWithValue("limit", _options.MaxBlobSize);
            NpgsqlDataReader reader = await command.ExecuteReaderAsync(
                System.Data.CommandBehavior.SequentialAccess).ConfigureAwait(false);
            await using (reader.ConfigureAwait(false))
            {
                if (await _session.ReadRowAsync(reader).ConfigureAwait(false) is not { } version)
                {
                    return null;
                }

                long size = Math.Max(
                    await reader.GetFieldValueAsync<long>(3).ConfigureAwait(false),
                    await reader.GetFieldValueAsync<long>(4).ConfigureAwait(false));
                if (size > _options.MaxBlobSize)
                {
                    throw TooLarge(size);
                }

                byte[] data = await ReadBytesAsync(reader, 5).ConfigureAwait(false);
                return new Row(version, data, await ReadBytesAsync(reader, 6).ConfigureAwait(false));
            }
        }
    }

    private async Task<byte[]> ReadBytesAsync(NpgsqlDataReader reader, int column)
    {
        if (await reader.IsDBNullAsync(column).ConfigureAwait(false))
        {
            return [];
        }

        Stream stream = await reader.GetStreamAsync(column).ConfigureAwait(false);
        if (stream.Length > _options.MaxBlobSize)
        {
            // Not disposed of: that would read the rest.
            throw TooLarge(stream.Length);
        }

        await using (stream.ConfigureAwait(false))
        {
            byte[] bytes = new byte[stream.Length];
            await stream.ReadExactlyAsync(bytes).ConfigureAwait(false);
            return bytes;
        }
    }

    private void RequireSize(string what, ReadOnlyMemory<byte> bytes)
    {
        if (bytes.Length > _options.MaxBlobSize)
        {
            throw new StateStoreException(
                $"{_server.Name}: the {what} has {bytes.Length} bytes, and {PostgreSqlStoreOptions.SectionName}:"
                + $"{nameof(_options.MaxBlobSize)} is {_options.MaxBlobSize}. Raise it.");
        }
    }

    private StateStoreException TooLarge(long size) => new(
        $"{_server.Name}: a blob of '{_options.Deployment}' has {size} bytes, and {PostgreSqlStoreOptions.SectionName}:"
        + $"{nameof(_options.MaxBlobSize)} is {_options.MaxBlobSize}. If the state can be so large, raise it; otherwise another program "
        + "wrote to the table.");

    private sealed record Row(PostgreSqlVersion Version, byte[] Data, byte[] Key);
}
