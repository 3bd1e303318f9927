using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using System.Net;
using System.Security.Cryptography.X509Certificates;

namespace MarbleRun.Manifests.Certificates;

/// <summary>
/// The names in a certificate of the mesh (RFC 5280, 4.2.1.6). The same rules apply to the names that a Marble requests, that a Coordinator
/// issues, and that a Coordinator has itself, so that no certificate has a name that another component refuses. DNS names are compared
/// without regard to case; each name occurs once.
/// </summary>
public sealed class SubjectNames
{
    /// <summary>
    /// The largest number of names in one certificate, including the loopback addresses: each verifier of the certificate compares with all
    /// of them.
    /// </summary>
    public const int MaxNames = 100;

    private const int LongestName = 253;

    private const int LongestLabel = 63;

    private SubjectNames(ImmutableArray<string> dnsNames, ImmutableArray<IPAddress> addresses)
    {
        DnsNames = dnsNames;
        Addresses = addresses;
    }

    /// <summary>The DNS names in order, ASCII, as they were written.</summary>
    public ImmutableArray<string> DnsNames { get; }

    /// <summary>The addresses in order.</summary>
    public ImmutableArray<IPAddress> Addresses { get; }

    /// <summary>
    /// Returns the error in a name, as text that follows the name; null if a certificate may contain it. Valid are addresses (IPv4 with
    /// four decimal numbers, IPv6 without zone), and DNS names of at most 253 characters: labels of letters, digits, hyphens and
    /// underscores (RFC 1034, 3.5), where the first label may be <c>*</c> if others follow (RFC 9525, 6.3).
    /// </summary>
    /// <param name="name">A DNS name or an address.</param>
    public static string? FindFault(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        return ReadAddress(name) is { } address ? FaultOf(address) : FaultOfDnsName(name, isPattern: false);
    }

    /// <summary>
    /// Returns the error in an entry of the manifest's <c>AllowedDNSNames</c>, in which every label may be <c>*</c>, except in a name of
    /// one label.
    /// </summary>
    /// <param name="pattern">A DNS name with wildcards, or an address.</param>
    public static string? FindFaultOfPattern(string pattern)
    {
        ArgumentNullException.ThrowIfNull(pattern);
        return ReadAddress(pattern) is { } address ? FaultOf(address) : FaultOfDnsName(pattern, isPattern: true);
    }

    /// <summary>Reads a list in which some names are addresses.</summary>
    /// <param name="names">The names; duplicates are omitted.</param>
    /// <param name="result">The names by their kinds.</param>
    /// <param name="fault">Which name is wrong, and why.</param>
    /// <returns>Whether all names are valid.</returns>
    public static bool TryRead(
        IEnumerable<string> names, [NotNullWhen(true)] out SubjectNames? result, [NotNullWhen(false)] out string? fault)
    {
        ArgumentNullException.ThrowIfNull(names);
        var dnsNames = new List<string>();
        var addresses = new List<IPAddress>();
        foreach (string name in names)
        {
            if (ReadAddress(name) is { } address)
            {
                addresses.Add(address);
            }
            else
            {
                dnsNames.Add(name);
            }
        }

        // A Marble also requests the loopback addresses, and a Coordinator has them.
        int further = new[] { IPAddress.Loopback, IPAddress.IPv6Loopback }.Count(loopback => !addresses.Contains(loopback));
        return TryCreate(dnsNames, addresses, further, out result, out fault);
    }

    /// <summary>Reads names whose kinds are known, for instance those of a request.</summary>
    /// <param name="dnsNames">DNS names; duplicates are omitted.</param>
    /// <param name="addresses">Addresses; duplicates are omitted.</param>
    /// <param name="result">The names.</param>
    /// <param name="fault">Which name is wrong, and why; with at most 64 characters of the name, without unprintable characters.</param>
    /// <returns>Whether all names are valid.</returns>
    public static bool TryCreate(
        IEnumerable<string> dnsNames,
        IEnumerable<IPAddress> addresses,
        [NotNullWhen(true)] out SubjectNames? result,
        [NotNullWhen(false)] out string? fault)
    {
        ArgumentNullException.ThrowIfNull(dnsNames);
        ArgumentNullException.ThrowIfNull(addresses);
        return TryCreate(dnsNames, addresses, further: 0, out result, out fault);
    }

    /// <summary>DNS names, addresses, loopback addresses: the order of a Marble's self-signed certificate.</summary>
    internal X509Extension ForCertificate() => Build([.. Addresses, IPAddress.Loopback, IPAddress.IPv6Loopback]);

    /// <summary>DNS names, loopback addresses, addresses: the order of a Marble's request, and so of its certificate.</summary>
    internal X509Extension ForRequest() => Build([IPAddress.Loopback, IPAddress.IPv6Loopback, .. Addresses]);

    private static bool TryCreate(
        IEnumerable<string> dnsNames,
        IEnumerable<IPAddress> addresses,
        int further,
        [NotNullWhen(true)] out SubjectNames? result,
        [NotNullWhen(false)] out string? fault)
    {
        ImmutableArray<string> names = [.. dnsNames.Distinct(StringComparer.OrdinalIgnoreCase)];
        ImmutableArray<IPAddress> distinct = [.. addresses.Distinct()];
        int count = names.Length + distinct.Length;
        fault = count + further > MaxNames
            ? $"{count + further} names; at most {MaxNames} are allowed{(further > 0 ? ", loopback addresses included" : string.Empty)}"
            : names.Select(
                name => FaultOfDnsName(name, isPattern: false) is { } wrong ? $"\"{Show(name)}\" is not a DNS name: {wrong}" : null)
                .Concat(distinct.Select(address => FaultOf(address) is { } wrong ? $"{address} is not valid: {wrong}" : null))
                .FirstOrDefault(found => found is not null);
        result = fault is null ? new SubjectNames(names, distinct) : null;
        return result is not null;
    }

    private static string Show(string name) =>
        new([.. name.Take(64).Select(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '-' or '_' or '*' ? c : '?')]);

    private static string? FaultOf(IPAddress address) =>
        address.IsIPv4MappedToIPv6 ? $"it is an IPv4 address in IPv6, a second spelling; write {address.MapToIPv4()}" : null;

    private static string? FaultOfDnsName(string name, bool isPattern)
    {
        string[] labels = name.Split('.');
        return name.Length == 0 ? "it is empty"
            : name.Length > LongestName ? $"it has more than {LongestName} characters"
            : !System.Text.Ascii.IsValid(name) ? "it has characters beyond ASCII; write them in Punycode (xn--)"
            : name[^1] == '.' ? "it ends with a dot; remove the dot"
            : name.Contains(':', StringComparison.Ordinal) ? "it has a colon; write the name without port"
            : labels[^1].All(char.IsAsciiDigit) ? "its last part is a number, as if it were an address"
            : labels is ["*"] ? "it is a wildcard for everything"
            : labels.Index()
                .Select(label => FaultOfLabel(label.Item, mayBeWildcard: isPattern || label.Index == 0))
                .FirstOrDefault(fault => fault is not null);
    }

    private static string? FaultOfLabel(string label, bool mayBeWildcard) =>
        label.Length is 0 or > LongestLabel ? $"each part between dots must have 1 to {LongestLabel} characters"
        : label == "*" ? (mayBeWildcard ? null : "a wildcard must be the complete first part")
        : label.Contains('*', StringComparison.Ordinal) ? "a wildcard must be a complete part of a name"
        : label.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_') ? null
        : "it has characters other than letters, digits, hyphens and underscores";

    private static IPAddress? ReadAddress(string name)
    {
        // IPAddress also reads "1" and "0x7f.1", which are DNS names elsewhere, and zones, which certificates cannot contain.
        bool isVersion6 = name.Contains(':', StringComparison.Ordinal);
        return IPAddress.TryParse(name, out IPAddress? address)
            && (isVersion6 ? !name.AsSpan().ContainsAny("%[]") : address.ToString() == name)
            ? address
            : null;
    }

    private X509Extension Build(IEnumerable<IPAddress> addresses)
    {
        var builder = new SubjectAlternativeNameBuilder();
        foreach (string name in DnsNames)
        {
            builder.AddDnsName(name);
        }

        foreach (IPAddress address in addresses.Distinct())
        {
            builder.AddIpAddress(address);
        }

        return builder.Build();
    }
}
