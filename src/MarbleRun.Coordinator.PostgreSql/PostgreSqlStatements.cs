namespace MarbleRun.Coordinator.PostgreSql;

/// <summary>
/// The statements for one table. Each is one transaction. The setting of synchronous_commit and the notification belong to the transaction
/// of the statement that contains them.
/// </summary>
internal sealed class PostgreSqlStatements
{
    /// <summary>What a commit notifies; the payload is the deployment.</summary>
    public const string Channel = "marblerun_state";

    /// <summary>How many of the tables are there.</summary>
    public const string FindTables =
        "SELECT count(*) FROM pg_catalog.pg_tables WHERE schemaname = @schema AND tablename IN ('state', 'blob', 'archive', 'audit')";

    private const string Secured =
        "set_config('synchronous_commit', @durability, true), pg_notify('" + Channel + "', @deployment)";

    private PostgreSqlStatements(string table, string extraColumn, bool isNamed)
    {
        string where = isNamed ? "deployment = @deployment AND name = @name" : "deployment = @deployment";
        (string column, string value) = isNamed ? ("name", "@name") : ("key", "@key");
        string set = isNamed ? string.Empty : ", key = @key";

        // The table may lack the row, but not the answer: whether this server is a standby.
        Read = $"""
            SELECT pg_is_in_recovery(), t.version, t.commit_id,
                coalesce(octet_length(t.data), 0)::bigint, coalesce(octet_length({extraColumn}), 0)::bigint,
                CASE WHEN octet_length(t.data) <= @limit THEN t.data END,
                CASE WHEN octet_length({extraColumn}) <= @limit THEN {extraColumn} END
            FROM (SELECT 1) AS always LEFT JOIN {table} AS t ON {where}
            """;
        ReadVersion = $"""
            SELECT pg_is_in_recovery(), t.version, t.commit_id
            FROM (SELECT 1) AS always LEFT JOIN {table} AS t ON {where}
            """;
        Insert = $"""
            WITH committed AS (
                INSERT INTO {table} (deployment, {column}, version, commit_id, data) VALUES (@deployment, {value}, 1, @id, @data)
                ON CONFLICT DO NOTHING RETURNING version)
            SELECT version, {Secured} FROM committed
            """;
        Update = $"""
            WITH committed AS (
                UPDATE {table} SET version = version + 1, commit_id = @id, data = @data{set}
                WHERE {where} AND version = @version AND commit_id = @expected RETURNING version)
            SELECT version, {Secured} FROM committed
            """;

        // A write, so that it waits for the same durability as the commit that it confirms.
        Confirm = $"""
            WITH confirmed AS (UPDATE {table} SET commit_id = commit_id WHERE {where} AND commit_id = @id RETURNING version)
            SELECT version, {Secured} FROM confirmed
            """;
    }

    public string Read { get; }

    public string ReadVersion { get; }

    public string Insert { get; }

    public string Update { get; }

    public string Confirm { get; }

    public static PostgreSqlStatements OfState(string schema) => new($"\"{schema}\".state", "t.key", isNamed: false);

    public static PostgreSqlStatements OfBlobs(string schema) => new($"\"{schema}\".blob", "NULL::bytea", isNamed: true);

    /// <summary>Copies everything of a deployment into the archive and deletes it.</summary>
    public static string Archive(string schema) => $"""
        WITH s AS (DELETE FROM "{schema}".state WHERE deployment = @deployment RETURNING *),
            b AS (DELETE FROM "{schema}".blob WHERE deployment = @deployment RETURNING *),
            copied AS (
                INSERT INTO "{schema}".archive (archive_id, archived_at, deployment, name, version, commit_id, data, key)
                SELECT @id, now(), deployment, '', version, commit_id, data, key FROM s
                UNION ALL SELECT @id, now(), deployment, name, version, commit_id, data, NULL FROM b RETURNING 1)
        SELECT n, {Secured} FROM (SELECT count(*) AS n FROM copied) AS counted
        """;

    /// <summary>Deletes everything of a deployment.</summary>
    public static string Remove(string schema) => $"""
        WITH s AS (DELETE FROM "{schema}".state WHERE deployment = @deployment RETURNING 1),
            b AS (DELETE FROM "{schema}".blob WHERE deployment = @deployment RETURNING 1)
        SELECT n, {Secured} FROM (SELECT (SELECT count(*) FROM s) + (SELECT count(*) FROM b) AS n) AS counted
        """;

    /// <summary>Sealed bytes do not get smaller by compression, so that they are stored as they are.</summary>
    public static IEnumerable<string> CreateTables(string schema) =>
    [
        $"CREATE SCHEMA IF NOT EXISTS \"{schema}\"",
        $"""
        CREATE TABLE IF NOT EXISTS "{schema}".state (
            deployment text PRIMARY KEY, version bigint NOT NULL, commit_id uuid NOT NULL, data bytea NOT NULL, key bytea NOT NULL)
        """,
        $"""
        CREATE TABLE IF NOT EXISTS "{schema}".blob (
            deployment text NOT NULL, name text NOT NULL, version bigint NOT NULL, commit_id uuid NOT NULL, data bytea NOT NULL,
            PRIMARY KEY (deployment, name))
        """,
        $"""
        CREATE TABLE IF NOT EXISTS "{schema}".archive (
            archive_id uuid NOT NULL, archived_at timestamptz NOT NULL, deployment text NOT NULL, name text NOT NULL,
            version bigint NOT NULL, commit_id uuid NOT NULL, data bytea NOT NULL, key bytea, PRIMARY KEY (archive_id, name))
        """,
        $"""
        CREATE TABLE IF NOT EXISTS "{schema}".audit (
            deployment text NOT NULL, replica text NOT NULL, sequence bigint NOT NULL, line bytea NOT NULL,
            PRIMARY KEY (deployment, replica, sequence))
        """,
        $"ALTER TABLE \"{schema}\".state ALTER COLUMN data SET STORAGE EXTERNAL",
        $"ALTER TABLE \"{schema}\".blob ALTER COLUMN data SET STORAGE EXTERNAL",
        $"ALTER TABLE \"{schema}\".archive ALTER COLUMN data SET STORAGE EXTERNAL",
    ];
}
