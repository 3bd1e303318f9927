using System.Diagnostics.Metrics;
using System.Net;
using MarbleRun.Coordinator.Diagnostics;
using Microsoft.Extensions.Options;

namespace MarbleRun.Coordinator.Http.Limits;

/// <summary>
/// One budget of bytes for all requests of all ports that have not wholly arrived. Unauthenticated callers get three quarters, of that
/// those of one port a half, those of one address two of the largest bodies, and one connection one body (at the mesh port two messages).
/// Known callers may use all of it, and get what these leave: a quarter at least.
/// </summary>
internal sealed class RequestBudget
{
    private readonly Lock _lock = new();
    private readonly Dictionary<IPAddress, long> _byAddress = [];
    private readonly long[] _byShare = new long[Enum.GetValues<BudgetShare>().Length];
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

    public bool TryTake(RequestAccount account, long bytes)
    {
        lock (_lock)
        {
            if (!Fits(account, bytes))
            {
                return false;
            }

            Add(account, bytes);
            return true;
        }
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

    private bool Fits(RequestAccount account, long bytes)
    {
        if (_held + bytes > _total)
        {
            return false;
        }

        // Connections of known callers may hold two bodies, so that one of them leaves something to the others.
        long mostOfConnection = account.Share switch
        {
            BudgetShare.UnknownMeshCaller => _mostOfMeshConnection,
            BudgetShare.UnknownClient => _mostOfConnection,
            _ => 2 * _mostOfConnection,
        };
        if (account.Connection.Held + bytes > mostOfConnection)
        {
            return false;
        }

        if (account.Share == BudgetShare.Recognised)
        {
            return true;
        }

        long unknown = _total - (_total / 4);
        return _byShare[(int)BudgetShare.UnknownClient] + _byShare[(int)BudgetShare.UnknownMeshCaller] + bytes <= unknown
            && _byShare[(int)account.Share] + bytes <= unknown / 2
            && (account.Address is not { } address || _byAddress.GetValueOrDefault(address) + bytes <= _mostOfAddress);
    }

    private void Add(RequestAccount account, long bytes)
    {
        if (bytes == 0)
        {
            return;
        }

        _held += bytes;
        account.Held += bytes;
        account.Connection.Held += bytes;
        _byShare[(int)account.Share] += bytes;
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
