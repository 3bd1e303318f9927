using System.Globalization;
using System.Net.Sockets;
using System.Security.Authentication;
using MarbleRun.Coordinator.State.Stores;
using Npgsql;

namespace MarbleRun.Coordinator.PostgreSql;

/// <summary>The connections to the server that takes writes, and what its failures mean.</summary>
internal sealed class PostgreSqlServer : IAsyncDisposable
{
    private const string SslMode = "sslmode";

    private readonly NpgsqlMultiHostDataSource _hosts;
    private readonly NpgsqlDataSource _primary;

    public PostgreSqlServer(PostgreSqlStoreOptions options)
    {
        var settings = new NpgsqlConnectionStringBuilder(options.ConnectionString)
        {
            ApplicationName = "marblerun-coordinator",
            Enlist = false,
            IncludeErrorDetail = false,
            LogParameters = false,
            MaxPoolSize = 16,
            Timeout = Math.Max(1, (int)Math.Ceiling(options.CommandTimeout.TotalSeconds)),

            // PostgreSqlSession limits the time of each operation; Npgsql's own limit would ask the server to cancel the statement.
            CommandTimeout = 0,
            TcpKeepAlive = true,
            TcpKeepAliveTime = 10,
            TcpKeepAliveInterval = 5,

            // A server that took writes a moment ago may be a standby now.
            HostRecheckSeconds = 0,
        };
        if (!Names(options.ConnectionString).Contains(SslMode))
        {
            settings.SslMode = Npgsql.SslMode.VerifyFull;
        }

        Name = $"PostgreSQL at '{settings.Host}:{settings.Port}', database '{settings.Database}'";
        var builder = new NpgsqlSlimDataSourceBuilder(settings.ConnectionString);
        builder.EnableTransportSecurity();
        builder.EnableArrays();
        if (!string.IsNullOrEmpty(options.PasswordFile))
        {
            builder.UsePasswordProvider(
                _ => ReadPassword(File.ReadLines(options.PasswordFile).FirstOrDefault()),
                (_, _) => ValueTask.FromResult(ReadPassword(File.ReadLines(options.PasswordFile).FirstOrDefault())));
        }

        _hosts = builder.BuildMultiHost();
        _primary = _hosts.WithTargetSession(TargetSessionAttributes.ReadWrite);
    }

    /// <summary>For messages: server and database.</summary>
    public string Name { get; }

    public ValueTask<NpgsqlConnection> OpenAsync(CancellationToken cancellationToken) => _primary.OpenConnectionAsync(cancellationToken);

    public async ValueTask DisposeAsync()
    {
        await _primary.DisposeAsync().ConfigureAwait(false);
        await _hosts.DisposeAsync().ConfigureAwait(false);
    }

    /// <summary>Whether the exception is a failure of the server, of the network or of the time limit.</summary>
    public static bool IsFailure(Exception exception) =>
        exception is NpgsqlException or OperationCanceledException or TimeoutException or IOException or SocketException
            or AuthenticationException or UnauthorizedAccessException;

    /// <summary>
    /// Whether the server has answered that the statement had no effect. The end of a connection (FATAL) may follow a commit that no answer
    /// reported.
    /// </summary>
    public static bool IsRefusal(Exception exception) => exception is PostgresException { InvariantSeverity: "ERROR" };

    /// <summary>What is wrong, where, and what to do.</summary>
    public StateStoreException Describe(string what, Exception exception, bool isOutcomeUnknown = false) =>
        new($"{Name}: {what}. {Explain(exception)}", exception) { IsOutcomeUnknown = isOutcomeUnknown };

    private static string Explain(Exception exception) => exception switch
    {
        PostgresException server => $"The server answers: {server.MessageText} ({server.SqlState}). {RemedyOf(server.SqlState)}",
        OperationCanceledException or TimeoutException
            or NpgsqlException { InnerException: TimeoutException or OperationCanceledException } =>
            "It did not answer in time. See that the server runs and is not overloaded; the limit is "
            + $"{nameof(PostgreSqlStoreOptions.CommandTimeout)}.",
        { InnerException: AuthenticationException tls } =>
            $"{tls.Message} Name the certificate authority of the server with 'Root Certificate' in the connection string.",
        UnauthorizedAccessException or FileNotFoundException or DirectoryNotFoundException =>
            $"{exception.Message} Let this user read the file that {nameof(PostgreSqlStoreOptions.PasswordFile)} names.",
        { InnerException: PostgresException inner } => Explain(inner),
        AggregateException { InnerExceptions: [var first, ..] } => Explain(first),
        NpgsqlException { InnerException: AggregateException { InnerExceptions: [var first, ..] } } => Explain(first),
        _ => $"{exception.Message}{(exception.InnerException is { } cause ? $": {cause.Message}" : string.Empty)} "
            + "See that the server runs, takes writes and is reachable from here, and check Host and Port in the connection string.",
    };

    private static string RemedyOf(string sqlState) => sqlState switch
    {
        PostgresErrorCodes.InvalidPassword or PostgresErrorCodes.InvalidAuthorizationSpecification =>
            $"Check the password in {nameof(PostgreSqlStoreOptions.PasswordFile)} or PGPASSWORD, the user, and pg_hba.conf.",
        PostgresErrorCodes.InvalidCatalogName => "Create the database, or name another one in the connection string.",
        PostgresErrorCodes.InsufficientPrivilege =>
            "Grant the user SELECT, INSERT, UPDATE and DELETE on the tables, and USAGE on the schema; or let it create both "
            + "(GRANT CREATE ON DATABASE).",
        PostgresErrorCodes.UndefinedTable or PostgresErrorCodes.InvalidSchemaName or PostgresErrorCodes.UndefinedColumn =>
            $"Create the tables as docs/operations/stores.md says, or set {nameof(PostgreSqlStoreOptions.CreateSchema)}.",
        PostgresErrorCodes.ReadOnlySqlTransaction => "Name the server that takes writes, or all servers, in Host.",
        PostgresErrorCodes.DiskFull => "Free space on the disk of the server.",
        PostgresErrorCodes.TooManyConnections => "Raise max_connections, or CONNECTION LIMIT of the user.",
        PostgresErrorCodes.CannotConnectNow or PostgresErrorCodes.AdminShutdown or PostgresErrorCodes.CrashShutdown =>
            "The server starts or stops; the Coordinator tries again.",
        PostgresErrorCodes.QueryCanceled => "Raise or remove statement_timeout of the user.",
        _ => "See the log of the server.",
    };

    /// <summary>The keywords of a connection string, without spaces and in lower case.</summary>
    private static HashSet<string> Names(string connectionString)
    {
        var plain = new System.Data.Common.DbConnectionStringBuilder { ConnectionString = connectionString };
        return
        [
            .. plain.Keys.Cast<string>()
                .Select(k => k.Replace(" ", string.Empty, StringComparison.Ordinal).ToLower(CultureInfo.InvariantCulture)),
        ];
    }

    private static string ReadPassword(string? line) =>
        line is { Length: > 0 } ? line : throw new IOException("The file of the password is empty.");
}
