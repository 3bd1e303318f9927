using System.Formats.Asn1;
using System.Net;
using System.Security.Cryptography.X509Certificates;
using MarbleRun.Manifests.Certificates;

namespace MarbleRun.Coordinator.Authority;

/// <summary>
/// The names in a certificate's subject alternative name. A Marble requests its names in its CSR (<see cref="MarbleCsr"/>), the manifest
/// limits them (<see cref="AllowedNames"/>), and <see cref="CertificateDrafts.ForMarble"/> puts them into the certificate.
/// </summary>
/// <param name="DnsNames">dNSName entries, in order.</param>
/// <param name="IPAddresses">iPAddress entries, in order, after the DNS names.</param>
internal sealed record CertificateNames(IReadOnlyList<string> DnsNames, IReadOnlyList<IPAddress> IPAddresses)
{
    /// <summary>The Coordinator's own names: the configured names, and the loopback addresses before the configured addresses; each
    /// once.</summary>
    /// <exception cref="ArgumentException">A name is invalid according to <see cref="SubjectNames"/>.</exception>
    public static CertificateNames ForCoordinator(IEnumerable<string> configured) =>
        SubjectNames.TryRead(configured, out SubjectNames? names, out string? fault)
        ? new CertificateNames(names.DnsNames, [.. new[] { IPAddress.Loopback, IPAddress.IPv6Loopback }.Union(names.Addresses)])
        : throw new ArgumentException(fault, nameof(configured));

    /// <summary>The names of a certificate, in its order.</summary>
    public static CertificateNames Of(X509Certificate2 certificate)
    {
        X509SubjectAlternativeNameExtension? names = certificate.Extensions.OfType<X509SubjectAlternativeNameExtension>().FirstOrDefault();
        return names is null
            ? new CertificateNames([], [])
            : new CertificateNames([.. names.EnumerateDnsNames()], [.. names.EnumerateIPAddresses()]);
    }

    /// <summary>The extension, or null if there is no name.</summary>
    /// <param name="uri">A URI name that is added as it is, or null.</param>
    public X509Extension? ToExtension(string? uri = null) =>
        DnsNames.Count + IPAddresses.Count == 0 && uri is null ? null
        : uri is null ? Build()
        : Append(Build(), uri);

    /// <summary>
    /// A <see cref="Uri"/> would decode the escapes of a path and remove its dot segments, so the builder cannot add the name.
    /// </summary>
    private static X509SubjectAlternativeNameExtension Append(X509Extension names, string uri)
    {
        var writer = new AsnWriter(AsnEncodingRules.DER);
        using (writer.PushSequence())
        {
            AsnReader reader = new AsnReader(names.RawData, AsnEncodingRules.DER).ReadSequence();
            while (reader.HasData)
            {
                writer.WriteEncodedValue(reader.ReadEncodedValue().Span);
            }

            writer.WriteCharacterString(UniversalTagNumber.IA5String, uri, new Asn1Tag(TagClass.ContextSpecific, 6));
        }

        return new X509SubjectAlternativeNameExtension(writer.Encode());
    }

    private X509Extension Build()
    {
        var builder = new SubjectAlternativeNameBuilder();
        foreach (string name in DnsNames)
        {
            builder.AddDnsName(name);
        }

        foreach (IPAddress address in IPAddresses)
        {
            builder.AddIpAddress(address);
        }

        return builder.Build();
    }
}
