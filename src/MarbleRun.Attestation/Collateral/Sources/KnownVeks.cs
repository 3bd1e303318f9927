namespace MarbleRun.Attestation.Collateral.Sources;

/// <summary>
/// Caches verified VCEKs: a chip has one for each TCB, which never changes. Only genuine VCEKs are added, so unknown callers cannot fill
/// the cache.
/// </summary>
internal sealed class KnownVeks
{
    private const int Most = 1024;

    private readonly Lock _lock = new();
    private readonly Dictionary<SnpCollateralRequest, ReadOnlyMemory<byte>> _veks = [];
    private readonly Queue<SnpCollateralRequest> _order = [];

    /// <summary>The VCEK, DER, or null.</summary>
    public ReadOnlyMemory<byte>? Find(SnpCollateralRequest request)
    {
        lock (_lock)
        {
            return _veks.TryGetValue(request, out ReadOnlyMemory<byte> vek) ? vek : default(ReadOnlyMemory<byte>?);
        }
    }

    /// <summary>Adds a VCEK; if the cache is full, it replaces the oldest one.</summary>
    public void Keep(SnpCollateralRequest request, ReadOnlyMemory<byte> vek)
    {
        lock (_lock)
        {
            if (!_veks.TryAdd(request, vek))
            {
                return;
            }

            _order.Enqueue(request);
            if (_order.Count > Most)
            {
                _veks.Remove(_order.Dequeue());
            }
        }
    }
}
