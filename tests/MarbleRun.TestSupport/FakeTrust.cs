namespace MarbleRun.TestSupport;

/// <summary>
/// The trust lists of a <see cref="FakeCoordinator"/>, whatever they contain: a stream gets the last one, and those that follow.
/// </summary>
public sealed class FakeTrust
{
    private readonly Lock _lock = new();
    private byte[]? _list;
    private TaskCompletionSource<bool> _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _streams;

    /// <summary>How many streams were opened.</summary>
    public int Streams => Volatile.Read(ref _streams);

    /// <summary>Sends a signed list, in protobuf's encoding, to all.</summary>
    public void Send(byte[] signedList) => Change(signedList, isBroken: false);

    /// <summary>Ends all streams.</summary>
    public void Break() => Change(_list, isBroken: true);

    internal void Opened() => Interlocked.Increment(ref _streams);

    internal (byte[]? List, Task<bool> IsBroken) Read()
    {
        lock (_lock)
        {
            return (_list, _changed.Task);
        }
    }

    private void Change(byte[]? list, bool isBroken)
    {
        TaskCompletionSource<bool> changed;
        lock (_lock)
        {
            _list = list;
            changed = _changed;
            _changed = new TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously);
        }

        changed.SetResult(isBroken);
    }
}
