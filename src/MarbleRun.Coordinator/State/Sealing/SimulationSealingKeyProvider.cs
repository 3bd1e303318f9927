using System.Security.Cryptography;
using System.Text;
using MarbleRun.Attestation.Simulation;
using MarbleRun.Coordinator.State.Stores;

namespace MarbleRun.Coordinator.State.Sealing;

/// <summary>
/// In simulation nothing protects the keys but a file mode: the secret that they are derived from lies in <c>sealing.key</c> beside the
/// development root. They are bound to what a processor would bind them to: the measurement of this process, or its signer and product.
/// </summary>
internal sealed class SimulationSealingKeyProvider(string directory, Func<AppMeasurement> measure) : ISealingKeyProvider
{
    public const string ModeName = "simulation";

    private readonly string _path = Path.Combine(directory, "sealing.key");
    private readonly Lazy<AppMeasurement> _measurement = new(measure);

    public string Mode => ModeName;

    public async ValueTask<SealingKey> GetKeyAsync(SealingPolicy policy, CancellationToken cancellationToken)
    {
        if (!File.Exists(_path))
        {
            Create();
        }

        byte[] secret = await File.ReadAllBytesAsync(_path, cancellationToken);
        try
        {
            if (secret.Length != SealingKey.Size)
            {
                throw new SealedStateException(
                    $"'{_path}' holds {secret.Length} bytes instead of {SealingKey.Size}. Restore it, or remove it: the state that it "
                    + $"sealed must be recovered then.");
            }

            if (!OperatingSystem.IsWindows() && (File.GetUnixFileMode(_path) & ~(UnixFileMode.UserRead | UnixFileMode.UserWrite)) != 0)
            {
                throw new SealedStateException($"'{_path}' can be read by others. Make it private: chmod 600 '{_path}'.");
            }

            return Derive(secret, policy);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(secret);
        }
    }

    private SealingKey Derive(byte[] secret, SealingPolicy policy)
    {
        AppMeasurement measurement = _measurement.Value;
        string label = policy == SealingPolicy.UniqueKey
            ? $"MarbleRun simulated sealing v1 unique {measurement.UniqueId}"
            : $"MarbleRun simulated sealing v1 product {measurement.SignerId} {measurement.ProductId}";
        Span<byte> key = stackalloc byte[SealingKey.Size];
        HKDF.Expand(HashAlgorithmName.SHA256, secret, key, Encoding.ASCII.GetBytes(label));
        try
        {
            return new SealingKey(key);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(key);
        }
    }

    private void Create()
    {
        byte[] bytes = RandomNumberGenerator.GetBytes(SealingKey.Size);
        try
        {
            // Two processes may start at once: the first one's key stands, the second takes what is there.
            new FileOperations().CreateDurably(_path, bytes);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(bytes);
        }
    }
}
