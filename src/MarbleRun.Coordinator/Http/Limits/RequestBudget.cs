using System.Diagnostics.Metrics;
using System.Net;
using MarbleRun.Coordinator.Diagnostics;
using MarbleRun.Coordinator.Users;
using Microsoft.Extensions.Options;

namespace MarbleRun.Coordinator.Http.Limits;

/// <summary>
/// One budget of bytes for all requests of all ports that have not wholly arrived. Unauthenticated callers get three quarters, of that
/// those of one port a half, those of one address two of the largest bodies, and one connection one body (at the mesh port two messages).
/// Known callers may use all of it, and get what these leave: a quarter at least.
/// </summary>
/// <remarks>
/// A full share of unauthenticated callers admits the next request all the same, and ends its oldest one: a body that is sent at once has
/// arrived long before it is the oldest, and callers who hold their bodies back block only each other.
/// </remarks>
internal sealed class RequestBudget
{
    private readonly Lock _lock = new();
    private readonly Dictionary<IPAddress, long> _byAddress = [];
    private readonly long[] _byShare = new long[Enum.GetValues<BudgetShare>().Length];
    private readonly LinkedList<RequestAccount>[] _unknown = [new(), new()];
    private readonly Counter<long> _refused;
    private readonly long _total;
    private readonly long _mostOfAddress;
    private readonly long _mostOfConnection;
    private readonly long _mostOfMeshConnection;
    private long _held;

    public RequestBudget(IOptions<CoordinatorOptions> options, IMeterFactory meters)
    {
        LimitOptions limits = options.Value.Limits;
        long largest = options.Value.MaxRequestBodySize;
        _total = limits.UnfinishedBytes(largest);
        _mostOfAddress = 2 * largest;
        _mostOfConnection = largest;
        _mostOfMeshConnection = 2L * limits.MaxMessageSize;
        Meter meter = meters.Create(CoordinatorTelemetry.MeterName);
        _refused = meter.CreateCounter<long>(
            "coordinator_requests_refused_total", description: "Number of requests whose body was not read to its end, by reason.");
        meter.CreateObservableGauge(
            "coordinator_unfinished_request_bytes", () => Held, description: "Bytes of requests that have not wholly arrived.");
    }

    /// <summary>What is held at the moment.</summary>
    public long Held => Interlocked.Read(ref _held);

    /// <summary>An account for the body of a request of the client port.</summary>
    public RequestAccount OpenClient(HttpContext context) =>
        Open(context, RecognisedCaller.Is(context) ? BudgetShare.Recognised : BudgetShare.UnknownClient);

    /// <summary>An account for the message of a call of the mesh port.</summary>
    public RequestAccount OpenMesh(HttpContext context) => Open(context, BudgetShare.UnknownMeshCaller);

    /// <summary>Takes bytes for a request, from the oldest ones of its share if need be.</summary>
    /// <returns>Whether the request may hold them; false for one that was ended.</returns>
    public bool TryTake(RequestAccount account, long bytes)
    {
        List<RequestAccount> ended = [];
        bool isTaken;
        lock (_lock)
        {
            isTaken = !account.IsEnded && FitsItsCaller(account, bytes) && TryMakeRoom(account, bytes, ended);
            if (isTaken)
            {
                Add(account, bytes);
            }
        }

        // Outside the lock, because their readers continue here.
        ended.ForEach(e => e.End());
        return isTaken;
    }

    public void GiveBack(RequestAccount account)
    {
        lock (_lock)
        {
            Add(account, -account.Held);
        }
    }

    /// <summary>Counts a body that was not read to its end.</summary>
    public void Refused(BodyRefusal refusal) =>
        _refused.Add(1, new KeyValuePair<string, object?>("reason", refusal switch
        {
            BodyRefusal.TooLarge => "too_large",
            BodyRefusal.TooSlow => "too_slow",
            _ => "crowded",
        }));

    private RequestAccount Open(HttpContext context, BudgetShare share) =>
        new(this, ConnectionAccount.Of(context), ConnectionLimits.CountedAddress(context.Connection.RemoteIpAddress), share);

    /// <summary>What one connection and one address may hold, whatever the others do.</summary>
    private bool FitsItsCaller(RequestAccount account, long bytes)
    {
        // Connections of known callers may hold two bodies, so that one of them leaves something to the others.
        long mostOfConnection = account.Share switch
        {
            BudgetShare.UnknownMeshCaller => _mostOfMeshConnection,
            BudgetShare.UnknownClient => _mostOfConnection,
            _ => 2 * _mostOfConnection,
        };
        return account.Connection.Held + bytes <= mostOfConnection
            && (account.Share == BudgetShare.Recognised
                || account.Address is not { } address
                || _byAddress.GetValueOrDefault(address) + bytes <= _mostOfAddress);
    }

    private bool TryMakeRoom(RequestAccount account, long bytes, List<RequestAccount> ended)
    {
        if (account.Share == BudgetShare.Recognised)
        {
            return _held + bytes <= _total;
        }

        // Nothing is ended in vain.
        long ofOthers = _byShare[(int)account.Share] - account.Held;
        if (!Fits(account.Share, bytes - ofOthers))
        {
            return false;
        }

        LinkedListNode<RequestAccount>? oldest = _unknown[(int)account.Share].First;
        while (!Fits(account.Share, bytes))
        {
            LinkedListNode<RequestAccount>? next = oldest!.Next;
            if (oldest.Value != account)
            {
                oldest.Value.IsEnded = true;
                ended.Add(oldest.Value);
                Add(oldest.Value, -oldest.Value.Held);
            }

            oldest = next;
        }

        return true;
    }

    private bool Fits(BudgetShare share, long bytes)
    {
        long unknown = _total - (_total / 4);
        return _held + bytes <= _total
            && _byShare[(int)BudgetShare.UnknownClient] + _byShare[(int)BudgetShare.UnknownMeshCaller] + bytes <= unknown
            && _byShare[(int)share] + bytes <= unknown / 2;
    }

    private void Add(RequestAccount account, long bytes)
    {
        if (bytes == 0)
        {
            return;
        }

        if (account.Share != BudgetShare.Recognised && account.Held == 0)
        {
            _unknown[(int)account.Share].AddLast(account.Place);
        }

        _held += bytes;
        account.Held += bytes;
        account.Connection.Held += bytes;
        _byShare[(int)account.Share] += bytes;
        if (account.Share != BudgetShare.Recognised && account.Held == 0)
        {
            _unknown[(int)account.Share].Remove(account.Place);
        }

        if (account.Share == BudgetShare.Recognised || account.Address is not { } address)
        {
            return;
        }

        long left = _byAddress.GetValueOrDefault(address) + bytes;
        if (left == 0)
        {
            _byAddress.Remove(address);
        }
        else
        {
            _byAddress[address] = left;
        }
    }
}

/// <summary>Who a request's bytes are counted for.</summary>
internal enum BudgetShare
{
    /// <summary>An unauthenticated caller at the client port.</summary>
    UnknownClient = 0,

    /// <summary>A caller of the mesh port, where no caller is known before its quote is verified.</summary>
    UnknownMeshCaller,

    /// <summary>A user of the manifest, or a Marble at the client port.</summary>
    Recognised,
}
