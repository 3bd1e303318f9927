using System.ComponentModel.DataAnnotations;

namespace MarbleRun.Coordinator.PostgreSql;

/// <summary>
/// How a Coordinator reaches its state in PostgreSQL: the configuration section <c>Coordinator:Store:PostgreSql</c>. The password is not
/// among them: it comes from <see cref="PasswordFile"/>, or from PostgreSQL's variables <c>PGPASSWORD</c> and <c>PGPASSFILE</c>.
/// </summary>
public sealed class PostgreSqlStoreOptions
{
    /// <summary>The configuration section.</summary>
    public const string SectionName = "Coordinator:Store:PostgreSql";

    /// <summary>
    /// Server, database and user in the form of Npgsql, for instance <c>Host=db.example.com;Database=marblerun;Username=coordinator</c>;
    /// without a password. Several servers are separated by commas; the one that takes writes is used. Without <c>SSL Mode</c>, it is
    /// <c>VerifyFull</c>.
    /// </summary>
    public string ConnectionString { get; set; } = string.Empty;

    /// <summary>
    /// A file whose first line is the password. It is read for each new connection, so that a replaced password is used. Empty to use
    /// <c>PGPASSWORD</c>, <c>PGPASSFILE</c> or a client certificate.
    /// </summary>
    public string PasswordFile { get; set; } = string.Empty;

    /// <summary>The name of the deployment whose state this is: 1 to 64 of <c>a</c> to <c>z</c>, digits, <c>-</c>, <c>_</c> and
    /// dots.</summary>
    public string Deployment { get; set; } = "marblerun";

    /// <summary>The schema of the tables: 1 to 63 of <c>a</c> to <c>z</c>, digits and <c>_</c>, not a digit first.</summary>
    public string Schema { get; set; } = "marblerun";

    /// <summary>Whether schema and tables are created if they are missing; it needs the right to create them.</summary>
    public bool CreateSchema { get; set; } = true;

    /// <summary>When a commit counts as durable. A setting of the server, the database or the user cannot weaken it.</summary>
    public PostgreSqlDurability Durability { get; set; } = PostgreSqlDurability.Flushed;

    /// <summary>The longest time that one operation takes, with its connection: 100 ms to 10 minutes.</summary>
    public TimeSpan CommandTimeout { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>The largest blob that is read or written, in bytes: 64 KiB to 512 MiB.</summary>
    [Range(65_536, 536_870_912)]
    public int MaxBlobSize { get; set; } = 64 * 1024 * 1024;
}
