using MarbleRun.Coordinator.State.Stores;
using Microsoft.Extensions.Options;
using Npgsql;

namespace MarbleRun.Coordinator.Stores.Tests;

/// <summary>What PostgreSQL alone can do to a state.</summary>
public sealed class PostgreSqlDetailsTests(PostgreSqlStoreServer server) : IClassFixture<PostgreSqlStoreServer>
{
    private const string Section = "Coordinator:Store:PostgreSql:";
    private const string Password = "not-for-the-log-4711";

    private readonly string _deployment = $"test-{Guid.NewGuid():N}";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Commit_ConnectionIsCut_IsMadeOnceAndAcknowledged(bool isAfterTheAnswer)
    {
        using var proxy = new CuttingProxy(server.Process!.Port, "the cut one"u8, isAfterTheAnswer);
        string through = server.ConnectionString.Replace($"{server.Process.Port}", $"{proxy.Port}", StringComparison.Ordinal);
        IStateStore store = server.Connect(_deployment, (Section + "ConnectionString", through));
        StateVersion first = await store.CommitAsync(State("one"), null, Token);

        StateVersion second = await store.CommitAsync(State("the cut one"), first, Token);

        Assert.Equal(1, proxy.Cuts);
        Assert.Equal(second, await server.Connect(_deployment).ReadVersionAsync(Token));
        Assert.Equal(2L, await QueryAsync($"SELECT version FROM marblerun.state WHERE deployment = '{_deployment}'"));
    }

    [Fact]
    public async Task Commit_UserWhoIsNotSynchronous_IsSynchronousAllTheSame()
    {
        // The trigger sees the settings of the transaction when it ends.
        await server.Connect(_deployment).LoadAsync(Token);
        await QueryAsync("""
            CREATE TABLE IF NOT EXISTS public.seen (deployment text, setting text);
            CREATE OR REPLACE FUNCTION public.see() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
                INSERT INTO public.seen VALUES (NEW.deployment, current_setting('synchronous_commit')); RETURN NULL; END $$;
            CREATE OR REPLACE TRIGGER z AFTER INSERT OR UPDATE ON marblerun.state FOR EACH ROW WHEN (false) EXECUTE FUNCTION public.see();
            DROP TRIGGER z ON marblerun.state;
            CREATE CONSTRAINT TRIGGER z AFTER INSERT OR UPDATE ON marblerun.state DEFERRABLE INITIALLY DEFERRED
                FOR EACH ROW EXECUTE FUNCTION public.see();
            """);
        try
        {
            foreach ((string durability, string setting) in ((string, string)[])[("Flushed", "on"), ("RemoteApply", "remote_apply")])
            {
                string deployment = $"{_deployment}-{setting}";
                IStateStore store = server.Connect(
                    deployment,
                    (Section + "ConnectionString", server.ConnectionString + ";Options=-c synchronous_commit=off"),
                    (Section + "Durability", durability));

                await store.CommitAsync(State("one"), null, Token);

                Assert.Equal(setting, await QueryAsync($"SELECT setting FROM public.seen WHERE deployment = '{deployment}'"));
            }
        }
        finally
        {
            await QueryAsync("DROP TRIGGER z ON marblerun.state");
        }
    }

    [Fact]
    public async Task Load_RowLargerThanTheLimit_IsRefusedWithItsLength()
    {
        IStateStore store = server.Connect(_deployment, (Section + "MaxBlobSize", "65536"));
        await store.CommitAsync(State("one"), null, Token);
        await QueryAsync(
            $"UPDATE marblerun.state SET data = decode(repeat('00', 70000), 'hex') WHERE deployment = '{_deployment}'");

        StateStoreException refused = await Assert.ThrowsAsync<StateStoreException>(async () => await store.LoadAsync(Token));
        StateStoreException own = await Assert.ThrowsAsync<StateStoreException>(
            async () => await store.CommitBlobAsync("counters", new byte[65537], null, Token));

        Assert.Contains("70000 bytes", refused.Message, StringComparison.Ordinal);
        Assert.Contains("65537 bytes", own.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Archive_StateAndBlobs_AreInTheArchive()
    {
        IStateStore store = server.Connect(_deployment);
        await store.CommitAsync(State("one"), null, Token);
        await store.CommitBlobAsync("counters", "a"u8.ToArray(), null, Token);

        string place = await store.ArchiveAsync(Token);

        string id = place[(place.LastIndexOf(' ') + 1)..];
        Assert.Equal(
            "=one,counters=a",
            await QueryAsync(
                "SELECT string_agg(name || '=' || convert_from(data, 'UTF8'), ',' ORDER BY name) FROM marblerun.archive "
                + $"WHERE archive_id = '{id}' AND deployment = '{_deployment}'"));
    }

    [Fact]
    public async Task Password_FromAFile_IsUsedAndReplacedAndInNoMessage()
    {
        string file = Path.GetTempFileName();
        try
        {
            await QueryAsync($"CREATE ROLE limited LOGIN PASSWORD '{Password}'; GRANT CREATE ON DATABASE postgres TO limited");
            await File.WriteAllTextAsync(file, "wrong-" + Password + "\n", Token);
            IStateStore store = server.Connect(
                _deployment,
                (Section + "ConnectionString", server.ConnectionString.Replace("=coordinator", "=limited", StringComparison.Ordinal)),
                (Section + "Schema", "limited"),
                (Section + "PasswordFile", file));

            StateStoreException refused = await Assert.ThrowsAsync<StateStoreException>(async () => await store.LoadAsync(Token));
            await File.WriteAllTextAsync(file, Password + "\n", Token);
            await store.CommitAsync(State("one"), null, Token);

            Assert.Contains("(28P01)", refused.Message, StringComparison.Ordinal);
            Assert.Contains("PasswordFile", refused.Message, StringComparison.Ordinal);
            Assert.DoesNotContain(Password, refused.ToString(), StringComparison.Ordinal);
            Assert.DoesNotContain(server.Logs.Entries, e => e.Contains(Password, StringComparison.Ordinal));

            StateStoreException forbidden = await Assert.ThrowsAsync<StateStoreException>(async () => await server.Connect(
                _deployment,
                (Section + "ConnectionString", server.ConnectionString.Replace("=coordinator", "=limited", StringComparison.Ordinal)),
                (Section + "PasswordFile", file)).LoadAsync(Token));
            Assert.Contains("Grant the user", forbidden.Message, StringComparison.Ordinal);
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Fact]
    public async Task Load_TablesAreMissingAndMustNotBeCreated_SaysSo()
    {
        IStateStore store = server.Connect(_deployment, (Section + "Schema", "missing"), (Section + "CreateSchema", "false"));

        StateStoreException failure = await Assert.ThrowsAsync<StateStoreException>(async () => await store.LoadAsync(Token));

        Assert.Contains("'missing' lacks tables", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Load_DatabaseDoesNotExist_NamesTheRemedy()
    {
        IStateStore store = server.Connect(
            _deployment, (Section + "ConnectionString", server.ConnectionString.Replace("=postgres", "=absent", StringComparison.Ordinal)));

        StateStoreException failure = await Assert.ThrowsAsync<StateStoreException>(async () => await store.LoadAsync(Token));

        Assert.Contains("Create the database", failure.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("ConnectionString", "Host=h;Database=d;Username=u;Password=" + Password, "PasswordFile")]
    [InlineData("ConnectionString", "Host=h;Database=d", "must name Host, Database and Username")]
    [InlineData("ConnectionString", "Hosts=" + Password, "cannot be read")]
    [InlineData("Schema", "a\"; DROP", "must be 1 to 63")]
    [InlineData("Deployment", "A", "must be 1 to 64")]
    [InlineData("PasswordFile", "/no/such/file", "not a file that exists")]
    [InlineData("CommandTimeout", "00:00:00", "between 100 ms")]
    [InlineData("MaxBlobSize", "1", "65536")]
    public void Options_ThatCannotWork_AreRefusedWithTheirName(string member, string value, string rule)
    {
        OptionsValidationException refused =
            Assert.Throws<OptionsValidationException>(() => server.Connect(_deployment, (Section + member, value)));

        Assert.Contains(Section + member, refused.Message, StringComparison.Ordinal);
        Assert.Contains(rule, refused.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(Password, refused.Message, StringComparison.Ordinal);
    }

    private static StateBlobs State(string text) => new(System.Text.Encoding.UTF8.GetBytes(text), "key"u8.ToArray());

    private async Task<object?> QueryAsync(string statement)
    {
        await using var source = NpgsqlDataSource.Create(server.ConnectionString);
        await using NpgsqlCommand command = source.CreateCommand(statement);
        return await command.ExecuteScalarAsync(Token);
    }
}
