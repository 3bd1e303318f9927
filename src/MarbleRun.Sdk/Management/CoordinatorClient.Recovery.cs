using System.Security.Cryptography;
using System.Text.Json;

namespace MarbleRun.Management;

public sealed partial class CoordinatorClient
{
    private const string RecoverPath = "api/v2/recover";

    /// <inheritdoc/>
    public async Task<RecoveryResult> RecoverAsync(
        ReadOnlyMemory<byte> share, ReadOnlyMemory<byte> signature, CancellationToken cancellationToken = default)
    {
        JsonElement data = await _connection
            .PostAsync(RecoverPath, WriteShare(share, signature), LargestStatus, cancellationToken).ConfigureAwait(false);
        return ReplyMembers.GetNumber(data, "remaining") is >= 0 and var remaining
            ? new RecoveryResult(remaining, ReplyMembers.GetText(data, "message"))
            : throw CoordinatorConnection.Invalid("'remaining' is negative");
    }

    /// <inheritdoc/>
    public async Task<ReadOnlyMemory<byte>> GetRecoveryPublicKeyAsync(CancellationToken cancellationToken = default)
    {
        JsonElement data = await _connection
            .GetAsync($"{RecoverPath}/public-key", LargestStatus, cancellationToken).ConfigureAwait(false);
        if (ReplyMembers.GetText(data, "algorithm") is not "RSA")
        {
            throw CoordinatorConnection.Invalid("the recovery key is not an RSA key");
        }

        byte[] key = ReplyMembers.GetBytes(data, "ephemeralPublicKey");
        try
        {
            using var rsa = RSA.Create();
            rsa.ImportSubjectPublicKeyInfo(key, out int read);
            return read == key.Length ? key : throw CoordinatorConnection.Invalid("bytes follow the recovery key");
        }
        catch (CryptographicException)
        {
            throw CoordinatorConnection.Invalid("the recovery key is not an RSA key");
        }
    }

    private static byte[] WriteShare(ReadOnlyMemory<byte> share, ReadOnlyMemory<byte> signature)
    {
        using var body = new MemoryStream();
        using (var json = new Utf8JsonWriter(body))
        {
            json.WriteStartObject();
            json.WriteBase64String("recoverySecret", share.Span);
            json.WriteBase64String("recoverySecretSignature", signature.Span);
            json.WriteEndObject();
        }

        return body.ToArray();
    }
}
