namespace MarbleRun.Coordinator.Http.Limits;

/// <summary>
/// The body of an answer. The server copies what it is given until the client takes it; so it is given a piece at a time. The deadline runs
/// from the first piece.
/// </summary>
internal sealed class PacedStream(Stream inner, HttpContext context, TimeSpan timeout, TimeProvider timeProvider) : Stream
{
    /// <summary>What one answer holds in the server at most: a record of TLS.</summary>
    public const int PieceSize = 16 * 1024;

    private CancellationTokenSource? _deadline;

    public override bool CanRead => false;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        _deadline ??= new CancellationTokenSource(timeout, timeProvider);
        using CancellationTokenSource ending = CancellationTokenSource.CreateLinkedTokenSource(_deadline.Token, cancellationToken);
        try
        {
            for (; !buffer.IsEmpty; buffer = buffer[Math.Min(PieceSize, buffer.Length)..])
            {
                await inner.WriteAsync(buffer[..Math.Min(PieceSize, buffer.Length)], ending.Token);
            }
        }
        catch (OperationCanceledException) when (_deadline.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            // The client has gone; the rest of the answer is dropped.
            context.Abort();
        }
    }

    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override Task FlushAsync(CancellationToken cancellationToken) => inner.FlushAsync(cancellationToken);

    public override void Flush() => inner.Flush();

    public override void Write(byte[] buffer, int offset, int count) =>
        throw new NotSupportedException("Answers are written asynchronously.");

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    /// <summary>The body itself is the server's.</summary>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _deadline?.Dispose();
        }

        base.Dispose(disposing);
    }
}
