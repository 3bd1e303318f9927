using System.Formats.Asn1;
using System.Net;
using System.Security.Cryptography.X509Certificates;
using MarbleRun.Manifests.Certificates;
using MarbleRun.Primitives;

namespace MarbleRun.Coordinator.Authority;

/// <summary>
/// The names in a certificate's subject alternative name. A Marble requests its names in its CSR (<see cref="MarbleCsr"/>), the manifest
/// limits them (<see cref="AllowedNames"/>), and <see cref="CertificateDrafts.ForMarble"/> puts them into the certificate.
/// </summary>
/// <param name="DnsNames">dNSName entries, in order.</param>
/// <param name="IPAddresses">iPAddress entries, in order, after the DNS names.</param>
internal sealed record CertificateNames(IReadOnlyList<string> DnsNames, IReadOnlyList<IPAddress> IPAddresses)
{
    // Choices of GeneralName (RFC 5280, 4.2.1.6).
    private static readonly Asn1Tag s_dnsName = new(TagClass.ContextSpecific, 2);
    private static readonly Asn1Tag s_uri = new(TagClass.ContextSpecific, 6);
    private static readonly Asn1Tag s_address = new(TagClass.ContextSpecific, 7);

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
    /// <param name="uri">A URI name that is added as it is, or null: a <see cref="Uri"/> would decode the escapes of its path.</param>
    public X509Extension? ToExtension(string? uri = null)
    {
        if (DnsNames.Count + IPAddresses.Count == 0 && uri is null)
        {
            return null;
        }

        var writer = new AsnWriter(AsnEncodingRules.DER, initialCapacity: 256);
        using (writer.PushSequence())
        {
            foreach (string name in DnsNames)
            {
                writer.WriteCharacterString(UniversalTagNumber.IA5String, name, s_dnsName);
            }

            foreach (IPAddress address in IPAddresses)
            {
                writer.WriteOctetString(address.GetAddressBytes(), s_address);
            }

            if (uri is not null)
            {
                writer.WriteCharacterString(UniversalTagNumber.IA5String, uri, s_uri);
            }
        }

        return new X509Extension(Oids.AlternativeNames, writer.Encode(), critical: false);
    }
}
