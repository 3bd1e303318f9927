using System.Buffers;
using System.Security.Cryptography;

namespace MarbleRun.Manifests.Templates.Formatting;

/// <summary>Collects bytes that may be secret: when it grows, it clears the old buffer.</summary>
internal sealed class ClearingBufferWriter : IBufferWriter<byte>, IDisposable
{
    private const int FirstSize = 256;

    private byte[] _buffer = [];
    private int _length;

    /// <summary>The written bytes. They belong to the caller after the last write, and are valid until <see cref="Dispose"/>.</summary>
    public ReadOnlyMemory<byte> Written => _buffer.AsMemory(0, _length);

    public void Advance(int count)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, _buffer.Length - _length);
        _length += count;
    }

    public Memory<byte> GetMemory(int sizeHint = 0)
    {
        Grow(sizeHint);
        return _buffer.AsMemory(_length);
    }

    public Span<byte> GetSpan(int sizeHint = 0) => GetMemory(sizeHint).Span;

    /// <summary>Clears everything.</summary>
    public void Dispose()
    {
        CryptographicOperations.ZeroMemory(_buffer);
        _buffer = [];
        _length = 0;
    }

    private void Grow(int sizeHint)
    {
        int needed = checked(_length + Math.Max(sizeHint, 1));
        if (needed <= _buffer.Length)
        {
            return;
        }

        var larger = new byte[Math.Max(needed, Math.Max(FirstSize, _buffer.Length * 2))];
        Written.CopyTo(larger);
        CryptographicOperations.ZeroMemory(_buffer);
        _buffer = larger;
    }
}
