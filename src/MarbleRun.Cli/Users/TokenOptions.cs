using System.CommandLine;

namespace MarbleRun.Cli.Users;

/// <summary>The options that select a key, and a certificate, in a token of PKCS#11.</summary>
internal static class TokenOptions
{
    public static Option<string?> Config { get; } = new("--pkcs11-config")
    {
        Description = "A JSON file that names the library (Path), the token (one of TokenLabel, TokenSerial, SlotNumber) and the Pin.",
        HelpName = "FILE",
    };

    public static Option<string?> KeyId { get; } =
        Create("--pkcs11-key-id", "The CKA_ID of the private key: text, or hex as 0x01ab.", "ID");

    public static Option<string?> KeyLabel { get; } = Create("--pkcs11-key-label", "The CKA_LABEL of the private key.", "LABEL");

    public static Option<string?> CertificateId { get; } =
        Create("--pkcs11-cert-id", "The CKA_ID of the certificate: text, or hex as 0x01ab.", "ID");

    public static Option<string?> CertificateLabel { get; } = Create("--pkcs11-cert-label", "The CKA_LABEL of the certificate.", "LABEL");

    /// <summary>An option is set if it was given, even with an empty value.</summary>
    public static bool IsSet(this ParseResult arguments, Option option) => arguments.GetResult(option) is { Implicit: false };

    private static Option<string?> Create(string name, string description, string value) =>
        new(name) { Description = description, HelpName = value };
}
