using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace MarbleRun.Coordinator.Activation;

/// <summary>
/// Names one activation, so that a Marble that repeats it because it got no answer is not counted twice. Only the holder of the
/// certificate's key can repeat it, and gets no other identity by it than it was counted for.
/// </summary>
internal static class ActivationKey
{
    /// <summary>SHA-256, lower-case hex, over the certificate, the request, the type and the UUID, each after its length.</summary>
    public static string Of(ActivationRequest request)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Append(hash, request.Certificate.Span);
        Append(hash, request.Csr.Span);
        Append(hash, Encoding.UTF8.GetBytes(request.MarbleType));
        Append(hash, Encoding.UTF8.GetBytes(request.Uuid));
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    private static void Append(IncrementalHash hash, ReadOnlySpan<byte> value)
    {
        Span<byte> length = stackalloc byte[sizeof(int)];
        BinaryPrimitives.WriteInt32BigEndian(length, value.Length);
        hash.AppendData(length);
        hash.AppendData(value);
    }
}
