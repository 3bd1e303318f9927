using System.Net;

namespace MarbleRun.AspNetCore.Limits;

/// <summary>The addresses that have connections or had some a moment ago.</summary>
internal sealed class CallerBook(ConnectionLimits limits, TimeProvider timeProvider)
{
    private const int Remembered = 16_384;

    private readonly Lock _lock = new();
    private readonly Dictionary<IPAddress, AddressAccount> _callers = [];
    private readonly AddressAccount _withoutAddress = new(address: null, limits.HandshakeTimePerSecond, timeProvider);
    private int _sweepAt = Remembered;

    /// <summary>One more connection of an address; null if it has too many.</summary>
    /// <param name="address">What <see cref="ConnectionLimits.CountedAddress"/> said of it.</param>
    public AddressAccount? Enter(IPAddress? address)
    {
        if (address is null)
        {
            return _withoutAddress;
        }

        lock (_lock)
        {
            if (!_callers.TryGetValue(address, out AddressAccount? caller))
            {
                Sweep();
                caller = new AddressAccount(address, limits.HandshakeTimePerSecond, timeProvider);
                _callers.Add(address, caller);
            }

            if (caller.Connections >= limits.MaxConnectionsPerAddress)
            {
                return null;
            }

            caller.Connections++;
            return caller;
        }
    }

    public void Leave(AddressAccount caller)
    {
        if (caller.Address is not { } address)
        {
            return;
        }

        lock (_lock)
        {
            caller.Connections--;
            if (caller.Connections == 0 && caller.IsRested)
            {
                _callers.Remove(address);
            }
        }
    }

    /// <summary>An address without connections is kept only because of what its handshakes cost.</summary>
    private void Sweep()
    {
        if (_callers.Count < _sweepAt)
        {
            return;
        }

        Remove(c => c.IsRested);
        if (_callers.Count >= Remembered)
        {
            Remove(_ => true);
        }

        _sweepAt = Math.Max(Remembered, _callers.Count * 2);
    }

    private void Remove(Func<AddressAccount, bool> condition)
    {
        foreach ((IPAddress address, AddressAccount caller) in _callers)
        {
            if (caller.Connections == 0 && condition(caller))
            {
                _callers.Remove(address);
            }
        }
    }
}
