using System.Security.Cryptography;
using System.Text.Json;
using MarbleRun.Coordinator.Http;
using MarbleRun.Coordinator.Recovery;
using MarbleRun.Coordinator.State.Sealing;
using MarbleRun.Manifests;
using MarbleRun.Manifests.Checks;
using MarbleRun.Manifests.Reading;

namespace MarbleRun.Fuzz;

/// <summary>
/// What lies in the seal directory, which anybody on the machine may have written, and what unauthenticated callers send to recover it.
/// </summary>
internal static class StateTargets
{
    private const string Mode = "fuzzing";

    private static readonly SealingKey s_key = new(new byte[SealingKey.Size]);
    private static readonly KeySealer s_keySealer = new(new ZeroKey());
    private static readonly RSA[] s_parties = [RSA.Create(2048), RSA.Create(2048), RSA.Create(2048)];
    private static readonly RecoverySecrets s_shares = Issue(threshold: 2);
    private static readonly RecoverySession s_session = new(s_shares.Data, new NoState());

    public static IReadOnlyList<Target> All { get; } =
    [
        new("sealed-data", OpenData, () => [Seal([]), Seal(s_shares.Data.Bytes.Span)]),
        new("sealed-key", OpenKey, () => [SealKeys(s_key), SealKeys(s_key, s_key)]),
        new("recovery-data", ReadRecoveryData, () => [s_shares.Data.Bytes.ToArray(), Issue(threshold: 0).Data.Bytes.ToArray()]),
        new("recovery-body", Recover, Bodies),
    ];

    private static void OpenData(byte[] input)
    {
        try
        {
            _ = StateSealer.ReadClear(input, Mode);
            _ = StateSealer.Open(input, Mode, s_key);
        }
        catch (SealedStateException)
        {
        }
    }

    private static void OpenKey(byte[] input)
    {
        try
        {
            foreach (SealingKey key in s_keySealer.OpenAsync(input, CancellationToken.None).AsTask().GetAwaiter().GetResult().Keys)
            {
                key.Dispose();
            }
        }
        catch (UnsealableKeyException)
        {
        }
    }

    private static void ReadRecoveryData(byte[] input)
    {
        try
        {
            _ = RecoveryData.Read(input).IsAuthenticatedBy(s_key);
        }
        catch (RecoveryException)
        {
        }
    }

    /// <summary>The way of a body to the session; its share of the key is refused until somebody finds one.</summary>
    private static void Recover(byte[] input)
    {
        try
        {
            using JsonDocument document = RequestBody.ParseFirstValue(input);
            byte[] secret = ReadBytes(document, "recoverySecret");
            byte[] signature = ReadBytes(document, "recoverySecretSignature");
            s_session.SubmitAsync(secret, signature, address: default, CancellationToken.None).GetAwaiter().GetResult();
        }
        catch (Exception exception) when (exception is ApiException or RecoveryException)
        {
        }
    }

    private static byte[] ReadBytes(JsonDocument document, string member) =>
        RequestBody.FindMember(document.RootElement, member) is { } value ? RequestBody.ReadBytes(value, member) : [];

    private static IEnumerable<byte[]> Bodies()
    {
        byte[] share = s_parties[0].Decrypt(s_shares.Encrypted["0"].Span, RSAEncryptionPadding.OaepSHA256);
        byte[] signature = s_parties[1].SignData(share, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        yield return JsonSerializer.SerializeToUtf8Bytes(new { recoverySecret = share, recoverySecretSignature = signature });
        yield return JsonSerializer.SerializeToUtf8Bytes(new { recoverySecret = new byte[512], recoverySecretSignature = new byte[256] });
        yield return "{\"recoverySecret\":[1,2,3],\"RECOVERYSECRETSIGNATURE\":null} x"u8.ToArray();
    }

    private static RecoverySecrets Issue(int threshold) =>
        RecoverySecrets.Issue(s_key, RecoveryKeySet.From(ManifestChecker.Check(JsonSerializer.SerializeToUtf8Bytes(new
        {
            RecoveryKeys = s_parties.Index().ToDictionary(p => $"{p.Index}", p => p.Item.ExportSubjectPublicKeyInfoPem()),
            Config = new { RecoveryThreshold = threshold },
        }))));

    private static byte[] Seal(ReadOnlySpan<byte> recoveryData) =>
        StateSealer.Seal(Mode, s_key, new SealedHeader(new byte[32], 1, recoveryData.ToArray()), "{}"u8);

    private static byte[] SealKeys(params SealingKey[] keys) =>
        s_keySealer.SealAsync(SealingPolicy.ProductKey, keys, CancellationToken.None).AsTask().GetAwaiter().GetResult();

    private sealed class ZeroKey : ISealingKeyProvider
    {
        public string Mode => StateTargets.Mode;

        public ValueTask<SealingKey> GetKeyAsync(SealingPolicy policy, CancellationToken cancellationToken) =>
            ValueTask.FromResult(new SealingKey(new byte[SealingKey.Size]));
    }

    /// <summary>No party has enough shares.</summary>
    private sealed class NoState : IRecoverableState
    {
        public ValueTask<string?> FindObstacleAsync(CancellationToken cancellationToken) => ValueTask.FromResult<string?>(null);

        public Task<RecoveryKeySet> OpenAsync(SealingKey key, CancellationToken cancellationToken) =>
            throw new InvalidOperationException("A state was opened without its parties.");

        public Task AdoptAsync(SealingKey key) => throw new InvalidOperationException("A state was adopted without its parties.");
    }
}
