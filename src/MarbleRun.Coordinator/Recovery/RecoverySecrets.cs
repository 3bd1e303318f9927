using System.Collections.Immutable;
using System.Security.Cryptography;
using MarbleRun.Coordinator.State.Sealing;

namespace MarbleRun.Coordinator.Recovery;

/// <summary>The shares of the parties, and the data beside the sealed state.</summary>
/// <param name="Data">The data to store beside the state that is sealed with the key.</param>
/// <param name="Encrypted">By the party's name, its share encrypted with its key: the content of <c>RecoverySecrets</c> in the answer to a
/// manifest.</param>
internal sealed record RecoverySecrets(RecoveryData Data, ImmutableSortedDictionary<string, ReadOnlyMemory<byte>> Encrypted)
{
    /// <summary>Splits a key among the parties. Issue again only with a new key, because old shares stay valid.</summary>
    public static RecoverySecrets Issue(SealingKey key, RecoveryKeySet keys)
    {
        // Without parties there are no shares and nothing can be recovered; the data say so.
        byte[][] shares = keys.Keys.IsEmpty ? [] : KeyShares.Split(key, keys.Keys.Length, keys.Threshold);
        try
        {
            RecoveryParty[] parties =
                [.. keys.Keys.Zip(shares, (k, share) => new RecoveryParty(k.Key, k.Value, RecoveryParty.Commit(share)))];
            return new RecoverySecrets(
                RecoveryData.Create(keys.Threshold, [.. parties], key),
                parties.Zip(shares).ToImmutableSortedDictionary(
                    p => p.First.Name, p => (ReadOnlyMemory<byte>)p.First.Key.Encrypt(p.Second), StringComparer.Ordinal));
        }
        finally
        {
            foreach (byte[] share in shares)
            {
                CryptographicOperations.ZeroMemory(share);
            }
        }
    }
}
