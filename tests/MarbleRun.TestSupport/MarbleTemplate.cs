using System.Net;
using System.Security.Cryptography.X509Certificates;

namespace MarbleRun.TestSupport;

/// <summary>What <see cref="TestAuthority.IssueMarble"/> puts into a certificate; the defaults make a good Marble.</summary>
public sealed class MarbleTemplate
{
    /// <summary>The subject's common name.</summary>
    public required string CommonName { get; set; }

    /// <summary>The raw value of the type extension; null leaves it out.</summary>
    public byte[]? Type { get; set; }

    public IList<string> DnsNames { get; set; } = ["localhost"];

    public IList<IPAddress> Addresses { get; set; } = [];

    /// <summary>Extended key usages, as object identifiers: server and client authentication.</summary>
    public IList<string> Usages { get; set; } = ["1.3.6.1.5.5.7.3.1", "1.3.6.1.5.5.7.3.2"];

    public bool IsAuthority { get; set; }

    /// <summary>The key of the certificate; null for a new key, which the certificate then has with it.</summary>
    public PublicKey? Key { get; set; }

    /// <summary>Relative to the authority's clock.</summary>
    public TimeSpan NotBefore { get; set; } = TimeSpan.FromMinutes(-5);

    /// <summary>Relative to the authority's clock.</summary>
    public TimeSpan NotAfter { get; set; } = TimeSpan.FromDays(30);
}
