using System.Net;
using System.Net.Http.Headers;

namespace MarbleRun.Coordinator.Tests.Http;

/// <summary>A body of which a part is sent, and then nothing, until the test lets the rest go.</summary>
internal sealed class HoldContent : HttpContent
{
    private readonly byte[] _sent;
    private readonly Task _end;
    private readonly TaskCompletionSource _silent = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public HoldContent(byte[] sent, Task end, string contentType)
    {
        _sent = sent;
        _end = end;
        Headers.ContentType = MediaTypeHeaderValue.Parse(contentType);
    }

    /// <summary>Completes when the part is on its way.</summary>
    public Task Silent => _silent.Task;

    protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context)
    {
        await stream.WriteAsync(_sent);
        await stream.FlushAsync();
        _silent.TrySetResult();
        await _end;
    }

    protected override bool TryComputeLength(out long length)
    {
        length = 0;
        return false;
    }
}
