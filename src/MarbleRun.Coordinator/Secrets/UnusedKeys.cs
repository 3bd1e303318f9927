using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using MarbleRun.Manifests;

namespace MarbleRun.Coordinator.Secrets;

/// <summary>
/// RSA keys that were generated for a manifest whose sender left. The next manifest takes them, so that senders who leave again and again
/// make the Coordinator generate a bounded number of keys, and not keys without end.
/// </summary>
/// <remarks>
/// No caller has learned anything of these keys: no template was rendered with them, and no store has them. Keys of a manifest that was
/// refused for another reason do not come back.
/// </remarks>
internal sealed class UnusedKeys
{
    private readonly Lock _lock = new();
    private readonly Dictionary<ulong, Stack<SecretKeyPair>> _keys = [];

    /// <summary>How many keys wait.</summary>
    public int Count
    {
        get
        {
            lock (_lock)
            {
                return _keys.Values.Sum(k => k.Count);
            }
        }
    }

    /// <summary>A lease for the keys of one manifest.</summary>
    public KeyLease Lease() => new(this);

    /// <summary>Forgets all keys: a manifest is in force, and no unauthenticated caller sets another one.</summary>
    public void Clear()
    {
        lock (_lock)
        {
            foreach (SecretKeyPair key in _keys.Values.SelectMany(k => k))
            {
                CryptographicOperations.ZeroMemory(key.Private);
            }

            _keys.Clear();
        }
    }

    private bool TryTake(ulong size, [NotNullWhen(true)] out SecretKeyPair? key)
    {
        lock (_lock)
        {
            key = null;
            return _keys.TryGetValue(size, out Stack<SecretKeyPair>? keys) && keys.TryPop(out key);
        }
    }

    private void Return(ulong size, SecretKeyPair key)
    {
        lock (_lock)
        {
            if (!_keys.TryGetValue(size, out Stack<SecretKeyPair>? keys))
            {
                _keys[size] = keys = new Stack<SecretKeyPair>();
            }

            if (keys.Count < SecretLimits.MaxCheapKeysOf(size))
            {
                keys.Push(key);
            }
            else
            {
                CryptographicOperations.ZeroMemory(key.Private);
            }
        }
    }

    /// <summary>Takes keys for one manifest.</summary>
    internal sealed class KeyLease(UnusedKeys unused)
    {
        private readonly List<(ulong Size, SecretKeyPair Key)> _taken = [];

        /// <summary>A key for the secret: an unused one, or a new one.</summary>
        public SecretKeyPair Take(SecretDefinition definition)
        {
            if (definition.Type != SecretTypes.CertRsa)
            {
                return SecretKeyPair.Generate(definition);
            }

            if (!unused.TryTake(definition.Size, out SecretKeyPair? key))
            {
                key = SecretKeyPair.Generate(definition);
            }

            _taken.Add((definition.Size, key));
            return key;
        }

        /// <summary>
        /// Returns what was taken. Only before a manifest is handed to the store: the host can restore a file that was written although the
        /// commit failed, and its keys must not be those of another manifest then. And only if nothing that a caller sees depends on them.
        /// </summary>
        public void Return()
        {
            foreach ((ulong size, SecretKeyPair key) in _taken)
            {
                unused.Return(size, key);
            }

            _taken.Clear();
        }
    }
}
