using System.Security.Cryptography;

namespace MarbleRun.Attestation.Dcap;

/// <summary>A public key for many verifications, which is rarely imported. It is thread-safe.</summary>
/// <remarks>
/// The documentation of <see cref="ECDsa"/> does not guarantee thread safety of instances, so each use removes an imported key and returns
/// it afterwards. If no key is available, one is imported; if the place is taken when it is returned, it is disposed.
/// </remarks>
/// <param name="publicKey">x then y, 64 bytes.</param>
internal sealed class KeptEcdsaKey(ReadOnlyMemory<byte> publicKey)
{
    private const int MostIdle = 8;

    private readonly ECDsa?[] _idle = new ECDsa?[MostIdle];

    /// <summary>Whether the signature is valid. No signature is valid for a key that is not a point of the curve.</summary>
    public bool Verify(ReadOnlySpan<byte> data, ReadOnlySpan<byte> signature)
    {
        // Threads are distributed over the places; two threads with the same place only cost an import.
        ref ECDsa? place = ref _idle[(uint)Environment.CurrentManagedThreadId % (uint)_idle.Length];
        ECDsa? key = Interlocked.Exchange(ref place, null) ?? EcdsaP256.TryImport(publicKey.Span);
        if (key is null)
        {
            return false;
        }

        bool isSigned = EcdsaP256.Verify(key, data, signature);
        Interlocked.Exchange(ref place, key)?.Dispose();
        return isSigned;
    }
}
