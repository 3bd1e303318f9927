using System.Security.Cryptography;
using MarbleRun.Coordinator.Limits;
using MarbleRun.Coordinator.State.Sealing;

namespace MarbleRun.Coordinator.Recovery;

/// <summary>
/// Collects the parties' secrets until the state opens. Anyone may call: a call costs at most one decryption, one hash and one signature
/// check. These are done before a call waits for its turn, so that only genuine secrets wait for each other; a refused secret changes
/// nothing.
/// </summary>
/// <param name="data">The recovery data that were found beside the sealed state.</param>
/// <param name="state">The sealed state.</param>
/// <param name="allowUnsignedSecrets">
/// Accepts callers older than MarbleRun 1.9, which send no signature. Then anyone who can write the seal directory can replace this
/// deployment's state with a forged one. A signature that is sent must still be valid.
/// </param>
internal sealed class RecoverySession(RecoveryData data, IRecoverableState state, bool allowUnsignedSecrets = false) : IDisposable
{
    /// <summary>
    /// Limits for encrypted secrets, which cost an RSA operation each: how many may be in progress, of all addresses and of one, and how
    /// many are decrypted at the same time. Plain secrets cost a hash, and need no place.
    /// </summary>
    public const int MaxEncryptedCalls = 32;
    public const int MaxEncryptedCallsOfOneAddress = 4;
    private const int MaxDecryptions = 2;
    private const int MaxSignatureSize = RecoveryPublicKey.MaxKeySize / 8;
    private static readonly int[] s_lengthsOfSecrets = [16, 32, 33];

    private readonly EphemeralRecoveryKey _ephemeralKey = new();
    private readonly SemaphoreSlim _turn = new(1, 1);
    private readonly byte[]?[] _shares = new byte[]?[data.Parties.Length];
    private readonly int _shareSize = KeyShares.SizeOf(data.Parties.Length, data.Threshold);
    private readonly SemaphoreSlim _decryptions = new(MaxDecryptions, MaxDecryptions);
    private readonly CallPlaces _encryptedCalls = new(MaxEncryptedCalls, MaxEncryptedCallsOfOneAddress);
    private volatile bool _closed;

    private int Remaining => data.Threshold - _shares.Count(share => share is not null);

    /// <summary>
    /// The key with which secrets may be encrypted in transit, as SubjectPublicKeyInfo in DER (RSA, 4096 bits); the same key until the
    /// session ends.
    /// </summary>
    /// <exception cref="RecoveryException">The state is recovered already.</exception>
    public Task<ReadOnlyMemory<byte>> GetPublicKeyAsync(CancellationToken cancellationToken) =>
        _closed ? throw NotInRecovery() : _ephemeralKey.GetPublicKeyAsync(cancellationToken);

    /// <summary>Processes one secret. The last required one opens the state and makes it the Coordinator's own before this
    /// returns.</summary>
    /// <param name="secret">A party's secret, plain or encrypted with the key of <see cref="GetPublicKeyAsync"/>.</param>
    /// <param name="signature">RSASSA-PKCS1-v1_5 with SHA-256 over the plain secret by the party's key.</param>
    /// <param name="address">Where the call comes from.</param>
    /// <param name="cancellationToken">Ends the wait; before the state is recovered nothing changes.</param>
    /// <exception cref="RecoveryException">The secret was refused; the secrets accepted before are kept.</exception>
    /// <exception cref="SealedStateException">
    /// The secrets gave a key, but the state does not open with it. The other secrets are kept; this one may be sent again.
    /// </exception>
    public async Task<RecoveryProgress> SubmitAsync(
        ReadOnlyMemory<byte> secret, ReadOnlyMemory<byte> signature, CallerAddress address, CancellationToken cancellationToken)
    {
        RequirePlausible(secret.Length, signature.Length);
        byte[] share = secret.Length == EphemeralRecoveryKey.CiphertextSize
            ? await DecryptAsync(secret, address, cancellationToken)
            : Copy(secret.Span);
        bool isTaken = false;
        try
        {
            int index = Identify(share, signature.Span);

            // Only for a genuine share: the question goes out to other Coordinators.
            await RequireNeededAsync(cancellationToken);
            await _turn.WaitAsync(cancellationToken);
            try
            {
                RequireNew(index);
                isTaken = true;
                return await TakeAsync(index, share, cancellationToken);
            }
            finally
            {
                _turn.Release();
            }
        }
        finally
        {
            if (!isTaken)
            {
                CryptographicOperations.ZeroMemory(share);
            }
        }
    }

    /// <summary>Stops accepting secrets, and clears the accepted ones as soon as no call uses them.</summary>
    public async Task EndAsync()
    {
        _closed = true;
        await _turn.WaitAsync();
        try
        {
            Dispose();
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary>Clears the secrets and the ephemeral key.</summary>
    public void Dispose()
    {
        _closed = true;
        for (int i = 0; i < _shares.Length; i++)
        {
            Forget(i);
        }

        _ephemeralKey.Dispose();
    }

    private async Task<byte[]> DecryptAsync(ReadOnlyMemory<byte> secret, CallerAddress address, CancellationToken cancellationToken)
    {
        if (_encryptedCalls.TryTake(address) != PlaceOutcome.Taken)
        {
            throw new RecoveryException(RecoveryFailure.Busy, "Too many recovery secrets are being processed. Try again in a moment.");
        }

        try
        {
            await _decryptions.WaitAsync(cancellationToken);
            try
            {
                return _closed ? throw NotInRecovery() : _ephemeralKey.Decrypt(secret.Span);
            }
            catch (ObjectDisposedException)
            {
                // Another call sent the last share while this one waited.
                throw NotInRecovery();
            }
            finally
            {
                _decryptions.Release();
            }
        }
        finally
        {
            _encryptedCalls.Leave(address);
        }
    }

    private async ValueTask RequireNeededAsync(CancellationToken cancellationToken)
    {
        if (await state.FindObstacleAsync(cancellationToken) is { } obstacle)
        {
            throw new RecoveryException(RecoveryFailure.NotNeeded, $"server is not in expected state: {obstacle}");
        }
    }

    /// <summary>Runs in the turn of the call: the share is kept, and the last one opens the state.</summary>
    private async Task<RecoveryProgress> TakeAsync(int index, byte[] share, CancellationToken cancellationToken)
    {
        _shares[index] = share;
        var progress = new RecoveryProgress(data.Parties[index].Name, Remaining);
        if (progress.Remaining == 0)
        {
            await FinishAsync(index, cancellationToken);
        }

        return progress;
    }

    private void RequireNew(int index)
    {
        if (_closed)
        {
            throw NotInRecovery();
        }

        if (_shares[index] is not null)
        {
            throw new RecoveryException(
                RecoveryFailure.AlreadyGiven,
                $"setting recovery key: uploaded an invalid or already used secret: "
                + $"that of recovery key \"{data.Parties[index].Name}\" was taken before. "
                + $"Remaining secrets: {Remaining}");
        }
    }

    /// <summary>Finds the party of a share by its commitment and the signature of the party.</summary>
    private int Identify(ReadOnlySpan<byte> share, ReadOnlySpan<byte> signature)
    {
        if (_closed)
        {
            throw NotInRecovery();
        }

        if (share.Length != _shareSize)
        {
            throw InvalidLength(share.Length);
        }

        byte[] commitment = RecoveryParty.Commit(share);
        int index = -1;
        for (int i = 0; i < data.Parties.Length; i++)
        {
            index = CryptographicOperations.FixedTimeEquals(commitment, data.Parties[i].Commitment.Span) ? i : index;
        }

        if (index < 0)
        {
            throw new RecoveryException(
                RecoveryFailure.UnknownSecret,
                "setting recovery key: uploaded an invalid or already used secret: it belongs to no recovery key of the sealed state. "
                + "It may be of another deployment, or of a manifest before an update that changed the recovery keys. "
                + "Nothing else was lost.");
        }

        string name = data.Parties[index].Name;
        RequireNew(index);
        if ((!signature.IsEmpty || !allowUnsignedSecrets) && !data.Parties[index].Key.Verify(share, signature))
        {
            throw new RecoveryException(
                RecoveryFailure.NotSigned,
                $"no matching recovery key found for recovery public key \"{name}\": "
                + "the signature is not that key's over the decrypted secret "
                + "(RSA PKCS #1 v1.5 with SHA-256).");
        }

        return index;
    }

    private async Task FinishAsync(int last, CancellationToken cancellationToken)
    {
        try
        {
            using SealingKey key = KeyShares.Combine(
                [.. _shares.OfType<byte[]>().Select(s => (ReadOnlyMemory<byte>)s)], data.Parties.Length, data.Threshold);
            if (!data.IsAuthenticatedBy(key))
            {
                throw new RecoveryException(
                    RecoveryFailure.DamagedData,
                    "The recovery data beside the sealed state were changed: the secrets fit them, but their key does not confirm them. "
                    + "Put back the files that belong together.");
            }

            // Anyone who can write the seal directory can put a state there whose key they know, with this deployment's manifest. The
            // signatures of the manifest's parties over the shares make it genuine, so the keys that were used must be the manifest's.
            RecoveryKeySet genuine = await state.OpenAsync(key, cancellationToken);
            if (!data.IsFor(genuine))
            {
                throw new RecoveryException(
                    RecoveryFailure.DamagedData,
                    "recovery keys in manifest do not match the keys used for recovery. The recovery data belong to another state; "
                    + "put back the files that belong together.");
            }

            await state.AdoptAsync(key);
        }
        catch
        {
            Forget(last);
            throw;
        }

        Dispose();
    }

    private void RequirePlausible(int secret, int signature)
    {
        if (data.Parties.IsEmpty)
        {
            throw new RecoveryException(
                RecoveryFailure.UnknownSecret,
                "The manifest of the sealed state has no recovery keys; the state opens only where it was sealed.");
        }

        if (secret != _shareSize && secret != EphemeralRecoveryKey.CiphertextSize)
        {
            throw InvalidLength(secret);
        }

        if (signature > MaxSignatureSize || (signature == 0 && !allowUnsignedSecrets))
        {
            throw new RecoveryException(
                RecoveryFailure.NotSigned,
                $"no matching recovery key found: the signature has {signature} bytes. "
                + "Sign the decrypted secret with the private key of your recovery key (RSA PKCS #1 v1.5 with SHA-256).");
        }
    }

    private void Forget(int index)
    {
        CryptographicOperations.ZeroMemory(_shares[index]);
        _shares[index] = null;
    }

    private RecoveryException InvalidLength(int length) => new(
        RecoveryFailure.InvalidLength,
        (s_lengthsOfSecrets.Contains(length) ? "setting recovery key: invalid secret length" : "failed to decrypt recovery secret")
        + $": it has {length} bytes; a secret of this deployment has {_shareSize}, "
        + $"and {EphemeralRecoveryKey.CiphertextSize} when it is encrypted with the ephemeral key.");

    private static byte[] Copy(ReadOnlySpan<byte> secret)
    {
        byte[] copy = GC.AllocateUninitializedArray<byte>(secret.Length, pinned: true);
        secret.CopyTo(copy);
        return copy;
    }

    private static RecoveryException NotInRecovery() => new(RecoveryFailure.NotInRecovery, "server is not in expected state");
}

/// <summary>The progress of a recovery after a secret was accepted.</summary>
/// <param name="Party">The party whose secret was accepted.</param>
/// <param name="Remaining">The number of missing secrets; 0 if the state is recovered.</param>
internal sealed record RecoveryProgress(string Party, int Remaining)
{
    /// <summary>The message of MarbleRun 1.9.</summary>
    public string Message => Remaining == 0
        ? "Recovery successful."
        : $"Secret was processed successfully. Upload the next secret. Remaining secrets: {Remaining}";
}
