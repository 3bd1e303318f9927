namespace MarbleRun.Manifests;

/// <summary>The values of <see cref="SecretDefinition.Type"/>; case matters.</summary>
public static class SecretTypes
{
    /// <summary>Random or derived bytes.</summary>
    public const string SymmetricKey = "symmetric-key";

    /// <summary>An RSA key and its certificate.</summary>
    public const string CertRsa = "cert-rsa";

    /// <summary>An ECDSA key (P-224, P-256, P-384 or P-521) and its certificate.</summary>
    public const string CertEcdsa = "cert-ecdsa";

    /// <summary>An Ed25519 key and its certificate.</summary>
    public const string CertEd25519 = "cert-ed25519";

    /// <summary>Any bytes; a user uploads them, they are never generated.</summary>
    public const string Plain = "plain";

    internal static IReadOnlyList<string> All { get; } = [SymmetricKey, CertRsa, CertEcdsa, CertEd25519, Plain];
}
