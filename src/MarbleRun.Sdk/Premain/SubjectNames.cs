using System.Collections.Immutable;
using System.Net;
using System.Security.Cryptography.X509Certificates;

namespace MarbleRun.Activation;

/// <summary>The names that a Marble asks for, split into the two kinds that a certificate knows.</summary>
internal sealed record SubjectNames(ImmutableArray<string> DnsNames, ImmutableArray<IPAddress> Addresses)
{
    /// <summary>Takes a list of names in which some are IP addresses.</summary>
    public static SubjectNames From(IEnumerable<string> names)
    {
        ImmutableArray<string>.Builder dnsNames = ImmutableArray.CreateBuilder<string>();
        ImmutableArray<IPAddress>.Builder addresses = ImmutableArray.CreateBuilder<IPAddress>();
        foreach (string name in names)
        {
            if (TryReadAddress(name) is { } address)
            {
                addresses.Add(address);
            }
            else
            {
                dnsNames.Add(name);
            }
        }

        return new SubjectNames(dnsNames.ToImmutable(), addresses.ToImmutable());
    }

    /// <summary>Whether a name can stand in a certificate: ASCII (a dNSName is an IA5String), without blanks, labels of at most 63 characters.</summary>
    public static bool IsValid(string name)
    {
        if (string.IsNullOrEmpty(name) || name.Any(c => !char.IsAscii(c) || char.IsControl(c) || c == ' '))
        {
            return false;
        }

        try
        {
            new SubjectAlternativeNameBuilder().AddDnsName(name);
            return true;
        }
        catch (ArgumentException)
        {
            return TryReadAddress(name) is not null;
        }
    }

    /// <summary>DNS names, addresses, loopback addresses: the order of the self-signed certificate.</summary>
    public X509Extension ForCertificate() => Build([.. Addresses, IPAddress.Loopback, IPAddress.IPv6Loopback]);

    /// <summary>DNS names, loopback addresses, addresses: the order of the request, and so of the Marble's certificate.</summary>
    public X509Extension ForRequest() => Build([IPAddress.Loopback, IPAddress.IPv6Loopback, .. Addresses]);

    private static IPAddress? TryReadAddress(string name)
    {
        // IPAddress also reads "1" and "0x7f.1", which are DNS names to everyone else, and zones, which certificates cannot hold.
        bool isVersion6 = name.Contains(':', StringComparison.Ordinal);
        return IPAddress.TryParse(name, out IPAddress? address) && (isVersion6 ? !name.Contains('%', StringComparison.Ordinal) : address.ToString() == name)
            ? address
            : null;
    }

    private X509Extension Build(ImmutableArray<IPAddress> addresses)
    {
        var builder = new SubjectAlternativeNameBuilder();
        foreach (string name in DnsNames)
        {
            builder.AddDnsName(name);
        }

        foreach (IPAddress address in addresses)
        {
            builder.AddIpAddress(address);
        }

        return builder.Build();
    }
}
