using System.Diagnostics.CodeAnalysis;
using MarbleRun.Manifests;

namespace MarbleRun.Coordinator.Secrets;

/// <summary>
/// RSA keys that were generated for a manifest whose sender left or that was refused. The next manifest takes them, so that senders who
/// leave again and again make the Coordinator generate a bounded number of keys, and not keys without end.
/// </summary>
/// <remarks>
/// No caller has seen these keys. A key of a manifest that was handed to the store is not among them: see <see cref="KeyLease.Keep"/>.
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
        }
    }

    /// <summary>Takes keys for one manifest. They are returned when it is disposed of, unless the store has the manifest.</summary>
    internal sealed class KeyLease(UnusedKeys unused) : IDisposable
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
        /// Call it before the manifest is handed to the store, and not after: the host can restore a file that was written although the
        /// commit failed, and its keys must not be those of another manifest then.
        /// </summary>
        public void Keep() => _taken.Clear();

        /// <summary>Returns what was taken; no key of it is used.</summary>
        public void Return()
        {
            foreach ((ulong size, SecretKeyPair key) in _taken)
            {
                unused.Return(size, key);
            }

            _taken.Clear();
        }

        void IDisposable.Dispose() => Return();
    }
}
