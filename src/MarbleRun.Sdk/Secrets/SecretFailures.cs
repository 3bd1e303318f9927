using System.Security.Cryptography;

namespace MarbleRun.Secrets;

/// <summary>
/// What is wrong with a value of the manifest, and what the manifest must have. The messages contain names and never values.
/// </summary>
internal static class SecretFailures
{
    public const string PrivateKeyTemplate = "{{ pem .Secrets.x.Private }}";
    public const string CertificateTemplate = "{{ pem .Secrets.x.Cert }}";

    public static KeyNotFoundException Missing(string name, string template, IReadOnlyList<string> present) => new(
        name.StartsWith("MARBLE_PREDEFINED_", StringComparison.Ordinal)
            ? $"'{name}' is part of the identity. Use IMarbleIdentityProvider.Current."
            : $"The manifest gives this Marble no variable or file '{name}'. Its Parameters must have {Entry(name, template)}, where x is "
                + "the name of the secret. They have "
                + $"{(present.Count == 0 ? "no names" : string.Join(", ", present.Select(PeerText.Quote)))}.");

    public static KeyNotFoundException Ambiguous(string name) => new(
        $"'{name}' is both a variable and a file in the manifest's Parameters of this Marble. Rename one of them.");

    public static InvalidDataException NotText(string name) => new(
        $"The value of '{name}' in the manifest is not text in UTF-8. Use GetBytes(\"{name}\").");

    /// <param name="name">The name in the manifest.</param>
    /// <param name="kind">The algorithm.</param>
    /// <param name="type">The members of a secret of that kind.</param>
    public static CryptographicException NotKey(string name, string kind, string type) => new(
        $"The value of '{name}' is not one {kind} key as PEM. The manifest must have {Entry(name, PrivateKeyTemplate)}, with a secret "
        + $"such as \"x\": {{ {type} }}.");

    public static CryptographicException NotCertificate(string name) => new(
        $"The value of '{name}' is not a certificate as PEM. The manifest must have {Entry(name, CertificateTemplate)}.");

    public static CryptographicException NotKeyOf(string certificate, string keyName) => new(
        $"The value of '{keyName}' is not the private key of the certificate '{certificate}' as PEM, PKCS#8. The manifest must have "
        + $"{Entry(keyName, PrivateKeyTemplate)}, with the same secret as the certificate.");

    private static string Entry(string name, string template) =>
        $"\"{(name.Contains('/') ? "Files" : "Env")}\": {{ \"{name}\": \"{template}\" }}";
}
