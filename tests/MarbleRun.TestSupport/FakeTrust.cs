using Grpc.Core;

namespace MarbleRun.TestSupport;

/// <summary>
/// The trust lists of a <see cref="FakeCoordinator"/>, whatever they contain: a stream gets the last one, and those that follow.
/// </summary>
public sealed class FakeTrust
{
    private readonly Lock _lock = new();
    private byte[]? _list;
    private TaskCompletionSource<StatusCode?> _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _streams;

    /// <summary>How many streams were opened.</summary>
    public int Streams => Volatile.Read(ref _streams);

    /// <summary>Sends a signed list, in protobuf's encoding, to all.</summary>
    public void Send(byte[] signedList) => Change(signedList, end: null);

    /// <summary>Ends all streams.</summary>
    public void Break(StatusCode code = StatusCode.Unavailable) => Change(_list, code);

    internal void Opened() => Interlocked.Increment(ref _streams);

    internal (byte[]? List, Task<StatusCode?> End) Read()
    {
        lock (_lock)
        {
            return (_list, _changed.Task);
        }
    }

    private void Change(byte[]? list, StatusCode? end)
    {
        TaskCompletionSource<StatusCode?> changed;
        lock (_lock)
        {
            _list = list;
            changed = _changed;
            _changed = new TaskCompletionSource<StatusCode?>(TaskCreationOptions.RunContinuationsAsynchronously);
        }

        changed.SetResult(end);
    }
}
