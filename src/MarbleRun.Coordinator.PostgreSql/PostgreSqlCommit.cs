using Npgsql;
using NpgsqlTypes;

namespace MarbleRun.Coordinator.PostgreSql;

/// <summary>One compare-and-swap of one row.</summary>
/// <param name="Statements">Of the table.</param>
/// <param name="Name">The name of a blob beside the state; null for the state.</param>
/// <param name="Data">The new bytes.</param>
/// <param name="Key">The new key of the state.</param>
/// <param name="Expected">The row that is to be replaced; null if there must be none.</param>
internal sealed record PostgreSqlCommit(
    PostgreSqlStatements Statements, string? Name, ReadOnlyMemory<byte> Data, ReadOnlyMemory<byte> Key, PostgreSqlVersion? Expected)
{
    /// <summary>Names this commit in the row, so that its outcome can be read when no answer came.</summary>
    public Guid Id { get; } = Guid.NewGuid();

    /// <summary>The version of the row after this commit.</summary>
    public PostgreSqlVersion Next => new((Expected?.Number ?? 0) + 1, Id);

    public NpgsqlCommand Create(NpgsqlConnection connection)
    {
        NpgsqlCommand command = new(Expected is null ? Statements.Insert : Statements.Update, connection);
        command.Parameters.Add(new NpgsqlParameter<ReadOnlyMemory<byte>>("data", NpgsqlDbType.Bytea) { TypedValue = Data });
        command.Parameters.AddWithValue("id", Id);
        if (Name is null)
        {
            command.Parameters.Add(new NpgsqlParameter<ReadOnlyMemory<byte>>("key", NpgsqlDbType.Bytea) { TypedValue = Key });
        }

        if (Expected is { } expected)
        {
            command.Parameters.AddWithValue("version", expected.Number);
            command.Parameters.AddWithValue("expected", expected.CommitId);
        }

        return command;
    }
}
