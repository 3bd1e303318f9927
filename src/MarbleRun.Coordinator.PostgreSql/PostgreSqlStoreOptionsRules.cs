using System.Text.RegularExpressions;
using Microsoft.Extensions.Options;
using Npgsql;

namespace MarbleRun.Coordinator.PostgreSql;

/// <summary>Checks the options and reports all errors together. No message contains the connection string.</summary>
internal sealed partial class PostgreSqlStoreOptionsRules : IValidateOptions<PostgreSqlStoreOptions>
{
    public ValidateOptionsResult Validate(string? name, PostgreSqlStoreOptions options)
    {
        var result = new ValidateOptionsResultBuilder();
        CheckConnectionString(result, options.ConnectionString);
        Check(
            result,
            string.IsNullOrEmpty(options.PasswordFile) || File.Exists(options.PasswordFile),
            nameof(options.PasswordFile),
            $"is '{options.PasswordFile}', which is not a file that exists");
        Check(
            result,
            DeploymentName().IsMatch(options.Deployment),
            nameof(options.Deployment),
            "must be 1 to 64 of a to z, digits, '-', '_' and dots");
        Check(
            result,
            SchemaName().IsMatch(options.Schema),
            nameof(options.Schema),
            "must be 1 to 63 of a to z, digits and '_', not a digit first");
        Check(result, Enum.IsDefined(options.Durability), nameof(options.Durability), "must be Flushed or RemoteApply");
        Check(
            result,
            options.CommandTimeout >= TimeSpan.FromMilliseconds(100) && options.CommandTimeout <= TimeSpan.FromMinutes(10),
            nameof(options.CommandTimeout),
            "must be between 100 ms and 10 minutes, written as hours:minutes:seconds");
        Check(
            result,
            options.MaxBlobSize is >= 64 * 1024 and <= 512 * 1024 * 1024,
            nameof(options.MaxBlobSize),
            "must be between 65536 and 536870912");
        return result.Build();
    }

    private static void CheckConnectionString(ValidateOptionsResultBuilder result, string text)
    {
        const string Member = nameof(PostgreSqlStoreOptions.ConnectionString);
        NpgsqlConnectionStringBuilder parsed;
        try
        {
            parsed = new NpgsqlConnectionStringBuilder(text);
        }
        catch (Exception exception) when (exception is ArgumentException or FormatException or InvalidCastException or OverflowException)
        {
            // The exception may contain values of the text.
            Check(result, false, Member, "cannot be read; write Host=…;Database=…;Username=…, with the keywords of Npgsql");
            return;
        }

        Check(
            result,
            !string.IsNullOrEmpty(parsed.Host) && !string.IsNullOrEmpty(parsed.Database) && !string.IsNullOrEmpty(parsed.Username),
            Member,
            "must name Host, Database and Username");
        Check(
            result,
            string.IsNullOrEmpty(parsed.Password) && string.IsNullOrEmpty(parsed.SslPassword),
            Member,
            "contains a password. Configuration is copied and printed; put the password into a file and name it with PasswordFile, or set "
            + "the variable PGPASSWORD");
    }

    private static void Check(ValidateOptionsResultBuilder result, bool holds, string member, string rule)
    {
        if (!holds)
        {
            result.AddError($"{PostgreSqlStoreOptions.SectionName}:{member} {rule}.");
        }
    }

    [GeneratedRegex("^[a-z0-9._-]{1,64}\\z")]
    private static partial Regex DeploymentName();

    [GeneratedRegex("^[a-z_][a-z0-9_]{0,62}\\z")]
    private static partial Regex SchemaName();
}
