using System.Security.Cryptography;

namespace MarbleRun.Attestation.Dcap;

/// <summary>A public key that verifies again and again, so that it is imported seldom. It may be used by several threads at once.</summary>
/// <remarks>
/// Nothing promises that one <see cref="ECDsa"/> may verify on two threads at once (its documentation knows no thread safety of instances),
/// so each use takes an imported key away and puts it back. Who finds none imports one; what finds its place taken is disposed.
/// </remarks>
/// <param name="publicKey">x then y, 64 bytes.</param>
internal sealed class KeptEcdsaKey(ReadOnlyMemory<byte> publicKey)
{
    private const int MostIdle = 8;

    private readonly ECDsa?[] _idle = new ECDsa?[MostIdle];

    /// <summary>Whether the signature is valid. No signature is valid for a key that is not a point of the curve.</summary>
    public bool Verify(ReadOnlySpan<byte> data, ReadOnlySpan<byte> signature)
    {
        // Threads spread over the places; that two share one costs an import, nothing else.
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
