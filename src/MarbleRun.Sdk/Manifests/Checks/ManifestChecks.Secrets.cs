using MarbleRun.Manifests.Json;

namespace MarbleRun.Manifests.Checks;

/// <summary>Checks secrets: their definitions, and whether they can be generated.</summary>
internal sealed partial class ManifestChecks
{
    /// <summary>HKDF with SHA-256 (RFC 5869) derives at most 255 blocks of 32 bytes.</summary>
    private const ulong LongestDerivedKey = 255 * 32 * 8;

    /// <summary>The shortest secure length (NIST SP 800-131A, table 2).</summary>
    private const ulong ShortestRsaKey = 2048;

    /// <summary>Generating a longer key takes too long.</summary>
    private const ulong LongestRsaKey = 8192;

    /// <summary>The latest year in a certificate is 9999.</summary>
    private const ulong LongestValidity = 2_900_000;

    private void CheckSecret(string name, SecretDefinition secret)
    {
        string path = JsonPath.Of("Secrets", name);
        if (secret.IsCertificate)
        {
            if (secret is { ValidFor: not 0, Cert.NotAfter: not null })
            {
                Error(
                    path,
                    $"ambiguous certificate validity duration for secret: {name}, both NotAfter and ValidFor are specified",
                    "Keep either ValidFor (days) or Cert.NotAfter (a fixed time).");
            }
        }
        else if (!SecretTypes.All.Contains(secret.Type))
        {
            Error(
                path + ".Type",
                $"unknown type: {secret.Type} for secret: {name}",
                Nearest(secret.Type, SecretTypes.All) ?? $"Use one of: {string.Join(", ", SecretTypes.All)}.");
        }
        else if (secret.Cert is not null)
        {
            Warn(
                path + ".Cert",
                $"secret {name} is not a certificate, Cert is ignored",
                "Remove Cert, or choose a type that begins with cert-.");
        }

        WarnOfInlineValue(name, secret);
        if (!secret.UserDefined && !(secret.Private.IsEmpty && secret.Public.IsEmpty))
        {
            Warn(path, $"secret {name} is generated, Private and Public are ignored", "Remove them, or set UserDefined.");
        }
    }

    /// <summary>Secrets that users upload are not generated, regardless of their size.</summary>
    private void CheckGeneration(string name, SecretDefinition secret)
    {
        if (secret.UserDefined || GenerationFault(name, secret) is not var (message, suggestion))
        {
            return;
        }

        Error(
            JsonPath.Of("Secrets", name),
            message,
            suggestion,
            secret.Shared ? ManifestStage.SharedSecrets : ManifestStage.PrivateSecrets);
    }

    private static (string Message, string? Suggestion)? GenerationFault(string name, SecretDefinition secret) => secret.Type switch
    {
        SecretTypes.SymmetricKey when secret.Size == 0 || secret.Size % 8 != 0 =>
            ($"invalid secret size: {name}", "Size is in bits and a multiple of 8, for instance 128 or 256."),
        SecretTypes.SymmetricKey when !secret.Shared && secret.Size > LongestDerivedKey =>
            ("hkdf: requested key length too large", $"Secret {name} is derived, which gives at most {LongestDerivedKey} bits."),
        SecretTypes.CertEd25519 when secret.Size != 0 =>
            ($"invalid secret size for cert-ed25519 secret {name}: none is expected, got: {secret.Size}", "Remove Size."),
        SecretTypes.CertEcdsa when secret.Size is not (224 or 256 or 384 or 521) =>
            ($"invalid secret size for cert-ecdsa secret {name}: unsupported size {secret.Size}: does not map to a supported curve",
                "Size is one of 224, 256, 384 and 521."),
        SecretTypes.CertRsa when secret.Size < ShortestRsaKey =>
            (RsaKeyTooShort(secret.Size), $"Size of secret {name} is in bits; use 2048, 3072 or 4096."),
        SecretTypes.CertRsa when secret.Size > LongestRsaKey || secret.Size % 8 != 0 =>
            ($"invalid secret size for cert-rsa secret {name}: {secret.Size} is not a multiple of 8 up to {LongestRsaKey}",
                "Use 2048, 3072 or 4096."),
        SecretTypes.Plain =>
            ($"secret {name} is invalid: unsupported secret of type plain",
                "Set UserDefined: plain secrets are uploaded, never generated."),
        _ when secret.IsCertificate && secret.ValidFor > LongestValidity =>
            ($"invalid certificate validity duration for secret: {name}, {secret.ValidFor} days end after the year 9999",
                "ValidFor is in days."),
        _ when secret.IsCertificate && secret.Cert?.Fault is { } fault => (fault.Describe(name), fault.Remedy),
        _ => null,
    };

    private static string RsaKeyTooShort(ulong bits) =>
        $"crypto/rsa: {bits}-bit keys are insecure (see https://go.dev/pkg/crypto/rsa#hdr-Minimum_key_size)";
}
