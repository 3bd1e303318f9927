using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using MarbleRun.Coordinator.Diagnostics;

namespace MarbleRun.Coordinator.State.Sealing;

/// <summary>Seals and opens the state, <c>sealed_data</c>, with AES-256-GCM under the state's own key.</summary>
/// <remarks>
/// <code>
/// offset 0      8 bytes   "MRSEALED"
/// offset 8      2 bytes   version of this layout, 3, little-endian
/// offset 10     1 byte    n, length of the mode
/// offset 11     n bytes   mode of the platform's sealing key, ASCII
/// offset 11+n   32 bytes  deployment: SHA-256 of its root certificate (DER)
/// offset 43+n   8 bytes   generation of the state, little-endian
/// offset 51+n   4 bytes   r, length of the recovery data, little-endian
/// offset 55+n   r bytes   recovery data: who can give the key back
/// then          12 bytes  nonce, random
/// then          ...       ciphertext
/// last          16 bytes  tag
/// </code>
/// Everything before the nonce is additional authenticated data: a changed mode, version, deployment, generation or recovery data does not
/// open. Layout 2 has no deployment and no generation; it is read, not written.
/// </remarks>
internal static class StateSealer
{
    private const ushort Version = 3;
    private const ushort VersionWithoutDeployment = 2;
    private const int DeploymentSize = SHA256.HashSizeInBytes + sizeof(ulong);
    private const int ModeOffset = 11;
    private const int NonceSize = 12;
    private const int TagSize = 16;

    private static ReadOnlySpan<byte> Magic => "MRSEALED"u8;

    /// <param name="mode">The mode of the platform.</param>
    /// <param name="key">The state's key.</param>
    /// <param name="clear">Stands in the clear.</param>
    /// <param name="state">What is sealed.</param>
    public static byte[] Seal(string mode, SealingKey key, in SealedHeader clear, ReadOnlySpan<byte> state)
    {
        byte[] modeBytes = Encoding.ASCII.GetBytes(mode);
        int modeEnd = ModeOffset + modeBytes.Length;
        int header = modeEnd + DeploymentSize + sizeof(int) + clear.RecoveryData.Length;
        var blob = new byte[header + NonceSize + state.Length + TagSize];
        Magic.CopyTo(blob);
        BinaryPrimitives.WriteUInt16LittleEndian(blob.AsSpan(8), Version);
        blob[10] = checked((byte)modeBytes.Length);
        modeBytes.CopyTo(blob.AsSpan(ModeOffset));
        clear.Deployment.Span.CopyTo(blob.AsSpan(modeEnd, SHA256.HashSizeInBytes));
        BinaryPrimitives.WriteUInt64LittleEndian(blob.AsSpan(modeEnd + SHA256.HashSizeInBytes), clear.Generation);
        BinaryPrimitives.WriteInt32LittleEndian(blob.AsSpan(modeEnd + DeploymentSize), clear.RecoveryData.Length);
        clear.RecoveryData.Span.CopyTo(blob.AsSpan(header - clear.RecoveryData.Length));
        Span<byte> nonce = blob.AsSpan(header, NonceSize);
        RandomNumberGenerator.Fill(nonce);
        using var cipher = new AesGcm(key.Bytes, TagSize);
        cipher.Encrypt(
            nonce, state, blob.AsSpan(header + NonceSize, state.Length), blob.AsSpan(blob.Length - TagSize), blob.AsSpan(0, header));
        return blob;
    }

    /// <summary>Distinguishes a blob from all others that were ever sealed under its generation: its tag.</summary>
    public static string SealOf(ReadOnlySpan<byte> blob) => Convert.ToHexStringLower(blob[^TagSize..]);

    /// <summary>What stands in the clear in a blob; nothing of it is proved before the blob opens.</summary>
    /// <exception cref="SealedStateException">The blob is not a sealed state, is cut off, or has another layout or mode.</exception>
    public static SealedHeader ReadClear(ReadOnlyMemory<byte> blob, string mode)
    {
        (int start, int length) = ReadHeader(blob.Span, mode);
        ReadOnlyMemory<byte> recoveryData = blob.Slice(start, length);
        if (VersionOf(blob.Span) == VersionWithoutDeployment)
        {
            return new SealedHeader(default, 0, recoveryData);
        }

        int deployment = start - sizeof(int) - DeploymentSize;
        return new SealedHeader(
            blob.Slice(deployment, SHA256.HashSizeInBytes),
            BinaryPrimitives.ReadUInt64LittleEndian(blob.Span[(deployment + SHA256.HashSizeInBytes)..]),
            recoveryData);
    }

    /// <summary>The state in the clear; the caller wipes it.</summary>
    /// <exception cref="SealedStateException">
    /// The blob is damaged, sealed with another key, of another layout or of another mode.
    /// </exception>
    public static byte[] Open(ReadOnlySpan<byte> blob, string mode, SealingKey key)
    {
        (int start, int length) = ReadHeader(blob, mode);
        int header = start + length;
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
                "The stored state does not open: 'sealed_data' is damaged, or it was sealed with another key than that in 'sealed_key'. "
                + "Put back the files that belong together ('sealed_data.old' and 'sealed_key.old' are of the generation before), or "
                + "choose another Coordinator:SealDirectory.",
                exception);
        }
    }

    private static (int Start, int Length) ReadHeader(ReadOnlySpan<byte> blob, string expectedMode)
    {
        if (blob.Length < ModeOffset || !blob.StartsWith(Magic))
        {
            throw new SealedStateException(
                "The stored state is not a sealed state of this product, or its beginning is damaged. Choose another "
                + "Coordinator:SealDirectory, or put 'sealed_data.old' in its place.");
        }

        ushort version = VersionOf(blob);
        if (version is not (Version or VersionWithoutDeployment))
        {
            throw new SealedStateException(
                $"The stored state has layout version {version}; this Coordinator reads versions {VersionWithoutDeployment} and {Version}. "
                + "Use the release that wrote it.");
        }

        int modeEnd = ModeOffset + blob[10];
        int lengthOffset = modeEnd + (version == VersionWithoutDeployment ? 0 : DeploymentSize);
        if (modeEnd == ModeOffset || blob.Length < lengthOffset + sizeof(int) + NonceSize + TagSize)
        {
            throw CutOff(blob.Length);
        }

        string mode = Encoding.ASCII.GetString(blob[ModeOffset..modeEnd]);
        if (!string.Equals(mode, expectedMode, StringComparison.Ordinal))
        {
            throw new SealedStateException(
                $"The stored state was sealed in mode '{LogText.Clean(mode)}', but this Coordinator runs in mode '{expectedMode}' and "
                + $"never opens it. Start the Coordinator as it was started when the state was "
                + $"made{(mode == SimulationSealingKeyProvider.ModeName ? " (with --simulation)" : string.Empty)}, or choose another "
                + $"Coordinator:SealDirectory.");
        }

        int start = lengthOffset + sizeof(int);
        uint length = BinaryPrimitives.ReadUInt32LittleEndian(blob[lengthOffset..]);
        return length <= blob.Length - start - NonceSize - TagSize ? (start, (int)length) : throw CutOff(blob.Length);
    }

    private static ushort VersionOf(ReadOnlySpan<byte> blob) => BinaryPrimitives.ReadUInt16LittleEndian(blob[8..]);

    private static SealedStateException CutOff(int length) =>
        new($"The stored state is cut off after {length} bytes, or its lengths are damaged. Put 'sealed_data.old' in its place.");
}

/// <summary>What stands in the clear in a sealed state, and is authenticated when it opens.</summary>
/// <param name="Deployment">SHA-256 of the root certificate (DER), 32 bytes; empty in a blob of layout 2.</param>
/// <param name="Generation">The generation of the state; 0 in a blob of layout 2.</param>
/// <param name="RecoveryData">Who can give the key back.</param>
internal readonly record struct SealedHeader(
    ReadOnlyMemory<byte> Deployment, ulong Generation, ReadOnlyMemory<byte> RecoveryData);
