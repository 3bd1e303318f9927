using System.Globalization;
using MarbleRun.Identity;
using MarbleRun.Tests.Tls;
using MarbleRun.TestSupport;

namespace MarbleRun.Tests.Trust;

/// <summary>
/// From when on a peer is refused, or its connection closed, counted from the list that revokes it or from the last contact.
/// </summary>
[Trait("Security", "C11")]
public sealed class RevocationTableTests : IDisposable
{
    // An open connection takes no new requests after the hour, and those that run have 30 seconds.
    private const string Table = """
        who checks its peer | over     | Coordinator | new handshake | resumed handshake | open connection
        server              | HTTP/1.1 | reachable   | 00:00:00      | 00:00:00          | 00:00:00
        server              | HTTP/2   | reachable   | 00:00:00      | 00:00:00          | 00:00:00
        server              | gRPC     | reachable   | 00:00:00      | 00:00:00          | 00:00:00
        client              | HTTP/1.1 | reachable   | 00:00:00      | 00:00:00          | 00:00:00
        client              | HTTP/2   | reachable   | 00:00:00      | 00:00:00          | 00:00:00
        client              | gRPC     | reachable   | 00:00:00      | 00:00:00          | 00:00:00
        server              | HTTP/1.1 | away        | 01:00:00      | 01:00:00          | 01:00:30
        server              | HTTP/2   | away        | 01:00:00      | 01:00:00          | 01:00:30
        server              | gRPC     | away        | 01:00:00      | 01:00:00          | 01:00:30
        client              | HTTP/1.1 | away        | 01:00:00      | 01:00:00          | 01:00:30
        client              | HTTP/2   | away        | 01:00:00      | 01:00:00          | 01:00:30
        client              | gRPC     | away        | 01:00:00      | 01:00:00          | 01:00:30
        """;

    private static readonly TimeSpan s_second = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan s_timer = TimeSpan.FromMilliseconds(1);

    private readonly WaitingClock _clock = new();
    private readonly TestAuthority _authority;

    public RevocationTableTests()
    {
        _authority = new TestAuthority(_clock);
    }

    public static TheoryData<string, string, string, string, string> Cells
    {
        get
        {
            string[][] rows = [.. Table.Split('\n').Select(r => r.Split('|', StringSplitOptions.TrimEntries))];
            var cells = new TheoryData<string, string, string, string, string>();
            foreach (string[] row in rows.Skip(1))
            {
                for (int column = 3; column < row.Length; column++)
                {
                    cells.Add(row[0], row[1], row[2], rows[0][column], row[column]);
                }
            }

            return cells;
        }
    }

    public void Dispose() => _authority.Dispose();

    [Theory]
    [MemberData(nameof(Cells))]
    public async Task Peer_IsRefusedToTheSecond(string checker, string over, string coordinator, string connection, string after)
    {
        await using MeshPair pair = await MeshPair.StartAsync(
            _clock, TestIdentities.Create(_authority, "backend"), TestIdentities.Create(_authority, "frontend"));
        (MarbleIdentity own, MarbleIdentity peer) = checker == "server"
            ? (pair.ServerIdentity, pair.ClientIdentity)
            : (pair.ClientIdentity, pair.ServerIdentity);
        await using var calls = new RevocationCalls(pair, _authority, over);

        // Every connection works until then.
        await calls.UseAsync(connection);
        if (coordinator == "reachable")
        {
            Assert.Equal("00:00:00", after);
            own.Receive(TestTrust.Create(_authority, 7, TestTrust.Instance(peer.Id)), _authority, _clock.GetUtcNow());
        }
        else
        {
            own.Trust.SetContact(new TrustContact(new RevocationPolicy(), _clock.GetUtcNow(), IsConnected: false));
            await AdvanceAsync(TimeSpan.ParseExact(after, "c", CultureInfo.InvariantCulture), () => calls.UseAsync(connection));
        }

        await calls.AssertRefusedAsync(connection);
        string reason = coordinator == "reachable" ? "it is revoked by its UUID (revocation 1)" : "revocations are not known since";
        Assert.Contains(pair.Server.Logs.Entries, e => e.Contains(reason, StringComparison.Ordinal));
    }

    /// <summary>The second before, everything goes on.</summary>
    private async Task AdvanceAsync(TimeSpan end, Func<Task> goesOnAsync)
    {
        var hour = TimeSpan.FromHours(1);
        if (end > hour)
        {
            // The timer that begins the 30 seconds.
            _clock.Advance(hour);
            _clock.Advance(s_timer);
            end -= hour;
        }

        _clock.Advance(end - s_second);
        await goesOnAsync();
        _clock.Advance(s_second);
    }
}
