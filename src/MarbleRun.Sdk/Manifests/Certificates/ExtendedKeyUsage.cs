using MarbleRun.Primitives;

namespace MarbleRun.Manifests.Certificates;

/// <summary>The numbers of extended key usages in manifests, and their object identifiers.</summary>
internal static class ExtendedKeyUsage
{
    public const string ServerAuthentication = Oids.ServerAuthentication;
    public const string ClientAuthentication = Oids.ClientAuthentication;

    private static readonly string[] s_oids =
    [
        Oids.ExtendedKeyUsage + ".0",
        ServerAuthentication,
        ClientAuthentication,
        "1.3.6.1.5.5.7.3.3", // code signing
        "1.3.6.1.5.5.7.3.4", // e-mail protection
        "1.3.6.1.5.5.7.3.5", // IPsec end system
        "1.3.6.1.5.5.7.3.6", // IPsec tunnel
        "1.3.6.1.5.5.7.3.7", // IPsec user
        "1.3.6.1.5.5.7.3.8", // time stamping
        "1.3.6.1.5.5.7.3.9", // OCSP signing
        "1.3.6.1.4.1.311.10.3.3", // Microsoft server gated cryptography
        "2.16.840.1.113730.4.1", // Netscape server gated cryptography
        "1.3.6.1.4.1.311.2.1.22", // Microsoft commercial code signing
        "1.3.6.1.4.1.311.61.1.1", // Microsoft kernel code signing
    ];

    /// <summary>Returns the identifier, or null if the number is unknown.</summary>
    public static string? ToOid(long number) => number >= 0 && number < s_oids.Length ? s_oids[number] : null;
}
