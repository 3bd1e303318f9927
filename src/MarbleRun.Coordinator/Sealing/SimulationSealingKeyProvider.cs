using System.Security.Cryptography;
using MarbleRun.Coordinator.Stores;

namespace MarbleRun.Coordinator.Sealing;

/// <summary>In simulation nothing protects the key but the file mode: it lies in <c>sealing.key</c> beside the development root.</summary>
internal sealed class SimulationSealingKeyProvider(string directory) : ISealingKeyProvider
{
    public const string ModeName = "simulation";

    private readonly string _path = Path.Combine(directory, "sealing.key");

    public string Mode => ModeName;

    public async ValueTask<SealingKey> GetKeyAsync(CancellationToken cancellationToken)
    {
        if (!File.Exists(_path))
        {
            Create();
        }

        byte[] bytes = await File.ReadAllBytesAsync(_path, cancellationToken);
        try
        {
            if (bytes.Length != SealingKey.Size)
            {
                throw new SealedStateException($"'{_path}' holds {bytes.Length} bytes instead of {SealingKey.Size}. Restore it, or remove it together with the state that it sealed.");
            }

            if (!OperatingSystem.IsWindows() && (File.GetUnixFileMode(_path) & ~(UnixFileMode.UserRead | UnixFileMode.UserWrite)) != 0)
            {
                throw new SealedStateException($"'{_path}' can be read by others. Make it private: chmod 600 '{_path}'.");
            }

            return new SealingKey(bytes);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(bytes);
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
