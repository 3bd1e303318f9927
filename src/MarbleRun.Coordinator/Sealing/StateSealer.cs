using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using MarbleRun.Coordinator.Diagnostics;

namespace MarbleRun.Coordinator.Sealing;

/// <summary>Seals and opens the state with AES-256-GCM under the platform's key.</summary>
/// <remarks>
/// <code>
/// offset 0      8 bytes   "MRSEALED"
/// offset 8      2 bytes   version of this layout, 1, little-endian
/// offset 10     1 byte    n, length of the mode
/// offset 11     n bytes   mode of the sealing key, ASCII
/// offset 11+n   12 bytes  nonce, random
/// offset 23+n   ...       ciphertext
/// last          16 bytes  tag
/// </code>
/// Everything before the nonce is additional authenticated data: a changed mode or version does not open.
/// </remarks>
internal sealed class StateSealer(ISealingKeyProvider keys)
{
    private const ushort Version = 1;
    private const int ModeOffset = 11;
    private const int NonceSize = 12;
    private const int TagSize = 16;

    private static ReadOnlySpan<byte> Magic => "MRSEALED"u8;

    public async ValueTask<byte[]> SealAsync(ReadOnlyMemory<byte> state, CancellationToken cancellationToken)
    {
        using SealingKey key = await keys.GetKeyAsync(cancellationToken);
        return Seal(state.Span, key);
    }

    /// <exception cref="SealedStateException">The blob is of another mode, damaged, or sealed with another key.</exception>
    public async ValueTask<byte[]> OpenAsync(ReadOnlyMemory<byte> sealedState, CancellationToken cancellationToken)
    {
        string mode = ReadMode(sealedState.Span);
        if (!string.Equals(mode, keys.Mode, StringComparison.Ordinal))
        {
            throw new SealedStateException(
                $"The stored state was sealed in mode '{LogText.Clean(mode)}', but this Coordinator runs in mode '{keys.Mode}' and never opens it. "
                + $"Start the Coordinator as it was started when the state was made{(mode == SimulationSealingKeyProvider.ModeName ? " (with --simulation)" : string.Empty)}, or choose another Coordinator:SealDirectory.");
        }

        using SealingKey key = await keys.GetKeyAsync(cancellationToken);
        return Open(sealedState.Span, ModeOffset + mode.Length, key);
    }

    private byte[] Seal(ReadOnlySpan<byte> state, SealingKey key)
    {
        byte[] mode = Encoding.ASCII.GetBytes(keys.Mode);
        int header = ModeOffset + mode.Length;
        var blob = new byte[header + NonceSize + state.Length + TagSize];
        Magic.CopyTo(blob);
        BinaryPrimitives.WriteUInt16LittleEndian(blob.AsSpan(8), Version);
        blob[10] = checked((byte)mode.Length);
        mode.CopyTo(blob.AsSpan(ModeOffset));
        Span<byte> nonce = blob.AsSpan(header, NonceSize);
        RandomNumberGenerator.Fill(nonce);
        using var cipher = new AesGcm(key.Bytes, TagSize);
        cipher.Encrypt(nonce, state, blob.AsSpan(header + NonceSize, state.Length), blob.AsSpan(blob.Length - TagSize), blob.AsSpan(0, header));
        return blob;
    }

    private static byte[] Open(ReadOnlySpan<byte> blob, int header, SealingKey key)
    {
        var state = new byte[blob.Length - header - NonceSize - TagSize];
        using var cipher = new AesGcm(key.Bytes, TagSize);
        try
        {
            cipher.Decrypt(blob.Slice(header, NonceSize), blob[(header + NonceSize)..^TagSize], blob[^TagSize..], state, blob[..header]);
            return state;
        }
        catch (AuthenticationTagMismatchException exception)
        {
            throw new SealedStateException(
                "The stored state does not open: it is damaged, or it was sealed with another key. Restore the key that it was sealed with, put 'sealed_data.old' in its place, or choose another Coordinator:SealDirectory.",
                exception);
        }
    }

    private static string ReadMode(ReadOnlySpan<byte> blob)
    {
        if (blob.Length < ModeOffset || !blob.StartsWith(Magic))
        {
            throw new SealedStateException("The stored state is not a sealed state of this product, or its beginning is damaged. Choose another Coordinator:SealDirectory, or put 'sealed_data.old' in its place.");
        }

        ushort version = BinaryPrimitives.ReadUInt16LittleEndian(blob[8..]);
        if (version != Version)
        {
            throw new SealedStateException($"The stored state has layout version {version}; this Coordinator reads version {Version}. Use the release that wrote it.");
        }

        int length = blob[10];
        if (length == 0 || blob.Length < ModeOffset + length + NonceSize + TagSize)
        {
            throw new SealedStateException($"The stored state is cut off after {blob.Length} bytes. Put 'sealed_data.old' in its place.");
        }

        return Encoding.ASCII.GetString(blob.Slice(ModeOffset, length));
    }
}
