namespace MarbleRun.Coordinator.PostgreSql;

/// <summary>
/// The statements for the table of the audit trails. Each is one transaction. None changes or deletes a row, so that the Coordinator needs
/// only the rights to read rows and to add them.
/// </summary>
internal sealed class PostgreSqlAuditStatements(string schema)
{
    private const string Trail = "deployment = @deployment AND replica = @name";
    private const string Secured = "set_config('synchronous_commit', @durability, true)";

    /// <summary>Adds the lines if the trail ends before them, and returns how many were added.</summary>
    public string Append { get; } = $"""
        WITH added AS (
            INSERT INTO "{schema}".audit (deployment, replica, sequence, line)
            SELECT @deployment, @name, @first + given.number - 1, given.line
            FROM unnest(@lines) WITH ORDINALITY AS given (line, number)
            WHERE (SELECT coalesce(max(sequence), 0) FROM "{schema}".audit WHERE {Trail}) = @first - 1
            RETURNING 1)
        SELECT n, {Secured} FROM (SELECT count(*) AS n FROM added) AS counted
        """;

    /// <summary>
    /// How many of the lines are in their places. The message has no reader: it makes the transaction one that writes, so that it waits for
    /// the same durability as the rows that it has found.
    /// </summary>
    public string Confirm { get; } = $"""
        SELECT n, {Secured}, pg_logical_emit_message(true, 'marblerun', '') FROM (
            SELECT count(*) AS n
            FROM unnest(@lines) WITH ORDINALITY AS given (line, number)
            JOIN "{schema}".audit AS a ON {Trail} AND a.sequence = @first + given.number - 1 AND a.line = given.line) AS counted
        """;

    public string ReadLast { get; } = $"""
        SELECT sequence, CASE WHEN octet_length(line) <= @longest THEN line END
        FROM "{schema}".audit WHERE {Trail} ORDER BY sequence DESC LIMIT 1
        """;

    /// <summary>The bytes of the lines are added up before they are sent.</summary>
    public string Read { get; } = $"""
        SELECT sequence, CASE WHEN octet_length(line) <= @longest THEN line END FROM (
            SELECT sequence, line, sum(octet_length(line)) OVER (ORDER BY sequence) AS total, row_number() OVER (ORDER BY sequence) AS n
            FROM (
                SELECT sequence, line FROM "{schema}".audit WHERE {Trail} AND sequence >= @first ORDER BY sequence LIMIT @limit) AS found
            ) AS numbered
        WHERE total <= @bytes OR n = 1
        ORDER BY sequence
        """;
}
