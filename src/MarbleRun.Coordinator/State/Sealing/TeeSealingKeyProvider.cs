using System.Security.Cryptography;
using System.Text;
using MarbleRun.Coordinator.Diagnostics;
using MarbleRun.Coordinator.Tee;
using MarbleRun.Tee;

namespace MarbleRun.Coordinator.State.Sealing;

/// <summary>
/// Sealing keys of the trusted execution environment of this process. An identifier is the name of the provider, with its length in front,
/// followed by the environment's own identifier of the key if it has one.
/// </summary>
internal sealed class TeeSealingKeyProvider(CoordinatorTee tee) : ISealingKeyProvider
{
    /// <summary>One mode for all environments: the recovery parties can bring a state from one to another.</summary>
    public const string ModeName = "hardware";

    public string Mode => ModeName;

    public IReadOnlyList<SealingPolicy> Policies =>
    [
        .. Has(TeeCapabilities.UniqueKey) ? [SealingPolicy.UniqueKey] : (ReadOnlySpan<SealingPolicy>)[],
        .. Has(TeeCapabilities.ProductKey) ? [SealingPolicy.ProductKey] : (ReadOnlySpan<SealingPolicy>)[],
    ];

    public string Limits => TeeKeyLimits.Describe(tee.Platform.Provider, tee.Platform.Capabilities);

    private static ReadOnlySpan<byte> Purpose => "MarbleRun Coordinator sealing v1"u8;

    private string Provider => tee.Platform.Provider;

    public async ValueTask<SealingKey> GetKeyAsync(SealingPolicy policy, CancellationToken cancellationToken)
    {
        try
        {
            return await DeriveAsync(policy, default, cancellationToken);
        }
        catch (TeeException exception)
        {
            throw NoKey(exception);
        }
    }

    public async ValueTask<SealingKey> GetKeyAsync(SealingPolicy policy, ReadOnlyMemory<byte> id, CancellationToken cancellationToken)
    {
        ReadOnlyMemory<byte> keyId = ReadKeyId(id);
        try
        {
            return await DeriveAsync(policy, keyId, cancellationToken);
        }
        catch (TeeException exception) when (!keyId.IsEmpty && exception.Status is TeeStatus.InvalidArgument)
        {
            throw RefusedId(exception);
        }
        catch (TeeException exception) when (!keyId.IsEmpty && exception.Status is TeeStatus.Failed)
        {
            // The processor says no more than that it failed. If it derives a key of its own, and this one fails again, it refuses the
            // identifier.
            (await GetKeyAsync(policy, cancellationToken)).Dispose();
            try
            {
                return await DeriveAsync(policy, keyId, cancellationToken);
            }
            catch (TeeException again)
            {
                throw RefusedId(again);
            }
        }
        catch (TeeException exception)
        {
            throw NoKey(exception);
        }
    }

    private static UnsealableKeyException RefusedId(TeeException exception) => new(
        "The platform refuses the identifier of the key in 'sealed_key': it is damaged, or was made with newer microcode or a newer "
        + $"version of this Coordinator. {exception.Message}",
        exception);

    private static SealedStateException NoKey(TeeException exception) =>
        new($"The platform gave no sealing key. {exception.Message}", exception);

    private bool Has(TeeCapabilities capability) => tee.Platform.Capabilities.HasFlag(capability);

    /// <summary>The environment's own identifier; an empty one would make a new key.</summary>
    private ReadOnlyMemory<byte> ReadKeyId(ReadOnlyMemory<byte> id)
    {
        int start = id.IsEmpty ? 0 : 1 + id.Span[0];
        if (start < 2 || start > id.Length)
        {
            throw new UnsealableKeyException("'sealed_key' does not say which platform's key sealed it: it is damaged.");
        }

        string provider = Encoding.ASCII.GetString(id.Span[1..start]);
        if (!string.Equals(provider, Provider, StringComparison.Ordinal))
        {
            throw new UnsealableKeyException(
                $"'sealed_key' was sealed with a key of the platform '{LogText.Clean(provider)}', and this one is '{Provider}'.");
        }

        return (id.Length > start) == Has(TeeCapabilities.KeyId)
            ? id[start..]
            : throw new UnsealableKeyException(
                $"'sealed_key' has {(id.Length > start ? "an identifier" : "no identifier")} of its key, which does not fit '{Provider}': "
                + "it is damaged.");
    }

    /// <remarks>The call blocks in the kernel, on SEV-SNP up to 35 seconds.</remarks>
    private Task<SealingKey> DeriveAsync(SealingPolicy policy, ReadOnlyMemory<byte> keyId, CancellationToken cancellationToken) =>
        Task.Run(() => Derive(policy, keyId.Span), cancellationToken);

    private SealingKey Derive(SealingPolicy policy, ReadOnlySpan<byte> keyId)
    {
        Span<byte> key = stackalloc byte[SealingKey.Size];
        try
        {
            tee.Platform.DeriveSealingKey(
                policy == SealingPolicy.UniqueKey ? TeeSealingPolicy.Unique : TeeSealingPolicy.Product,
                Purpose,
                keyId,
                key,
                out byte[] newId);
            byte[] provider = Encoding.ASCII.GetBytes(Provider);
            return new SealingKey(key) { Id = (byte[])[(byte)provider.Length, .. provider, .. keyId.IsEmpty ? newId : keyId] };
        }
        finally
        {
            CryptographicOperations.ZeroMemory(key);
        }
    }
}
