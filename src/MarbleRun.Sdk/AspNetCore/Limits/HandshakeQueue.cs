namespace MarbleRun.AspNetCore.Limits;

/// <summary>Turns that wait, one of each address after another: however many an address has, the others wait for one of them.</summary>
internal sealed class HandshakeQueue
{
    private readonly LinkedList<AddressAccount> _order = [];
    private readonly Dictionary<AddressAccount, LinkedList<HandshakeTurn>> _turns = [];

    public bool IsEmpty => _order.Count == 0;

    public void Add(HandshakeTurn turn)
    {
        if (!_turns.TryGetValue(turn.Caller, out LinkedList<HandshakeTurn>? turns))
        {
            _turns.Add(turn.Caller, turns = []);
            _order.AddLast(turn.Caller);
        }

        turns.AddLast(turn);
    }

    /// <summary>The first turn of the address that waits longest for one.</summary>
    public HandshakeTurn Take()
    {
        AddressAccount caller = _order.First!.Value;
        LinkedList<HandshakeTurn> turns = _turns[caller];
        HandshakeTurn turn = turns.First!.Value;
        turns.RemoveFirst();
        _order.RemoveFirst();
        if (turns.Count == 0)
        {
            _turns.Remove(caller);
        }
        else
        {
            _order.AddLast(caller);
        }

        return turn;
    }

    /// <summary>Takes out a turn that is not waited for any more.</summary>
    public bool Remove(HandshakeTurn turn)
    {
        if (!_turns.TryGetValue(turn.Caller, out LinkedList<HandshakeTurn>? turns) || !turns.Remove(turn))
        {
            return false;
        }

        if (turns.Count == 0)
        {
            _turns.Remove(turn.Caller);
            _order.Remove(turn.Caller);
        }

        return true;
    }
}
