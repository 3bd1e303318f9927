using System.Collections;
using System.Collections.Immutable;
using System.Formats.Asn1;
using System.Security.Cryptography.X509Certificates;

namespace MarbleRun.Coordinator.Secrets.Certificates;

/// <summary>The extensions of a certificate that is made from a template (RFC 5280, 4.2), in the order of the wire.</summary>
internal static class TemplateExtensions
{
    private const int EmailTag = 1;
    private const int DnsTag = 2;
    private const int UriTag = 6;
    private const int AddressTag = 7;

    /// <param name="template">Says what.</param>
    /// <param name="hasSubject">Whether the subject is not empty; otherwise the alternative names are critical.</param>
    /// <param name="subjectKeyId">What an authority is known by, unless the template names something.</param>
    /// <param name="issuerKeyId">What the issuer is known by.</param>
    public static IEnumerable<X509Extension> Build(CertificateTemplate template, bool hasSubject, byte[] subjectKeyId, ReadOnlySpan<byte> issuerKeyId)
    {
        X509Extension?[] built =
        [
            KeyUsage(template.EffectiveKeyUsage),
            template.ExtendedKeyUsages.IsEmpty ? null : ObjectIdentifiers("2.5.29.37", template.ExtendedKeyUsages, nested: false),
            BasicConstraints(template),
            KeyIdentifier(template, subjectKeyId),
            X509AuthorityKeyIdentifierExtension.CreateFromSubjectKeyIdentifier(issuerKeyId),
            template.OcspServers.IsEmpty && template.IssuerUrls.IsEmpty ? null : AuthorityInformation(template),
            template.Names.IsEmpty ? null : AlternativeNames(template.Names, isCritical: !hasSubject),
            template.Policies.IsEmpty ? null : ObjectIdentifiers("2.5.29.32", template.Policies, nested: true),
            template.Constraints.IsEmpty ? null : NameConstraints(template.Constraints),
            template.RevocationListUrls.IsEmpty ? null : RevocationLists(template.RevocationListUrls),
        ];
        return built.OfType<X509Extension>()
            .Where(e => template.ExtraExtensions.All(extra => extra.Oid != e.Oid!.Value))
            .Concat(template.ExtraExtensions.Select(e => new X509Extension(e.Oid, e.Value, e.IsCritical)));
    }

    private static X509Extension KeyUsage(int usage)
    {
        var bits = new BitArray([usage]) { Length = 9 };
        return Encode("2.5.29.15", isCritical: true, writer => writer.WriteNamedBitList(bits));
    }

    private static X509BasicConstraintsExtension BasicConstraints(CertificateTemplate template) =>
        new(template.IsAuthority, template is { IsAuthority: true, PathLength: not null }, template.PathLength ?? 0, critical: true);

    private static X509SubjectKeyIdentifierExtension? KeyIdentifier(CertificateTemplate template, byte[] subjectKeyId) =>
        !template.SubjectKeyId.IsEmpty ? new X509SubjectKeyIdentifierExtension(template.SubjectKeyId.Span, critical: false)
        : template.IsAuthority ? new X509SubjectKeyIdentifierExtension(subjectKeyId, critical: false)
        : null;

    private static X509Extension ObjectIdentifiers(string oid, ImmutableArray<string> values, bool nested) => Encode(oid, isCritical: false, writer =>
    {
        using (writer.PushSequence())
        {
            foreach (string value in values)
            {
                if (nested)
                {
                    writer.PushSequence();
                }

                writer.WriteObjectIdentifier(value);
                if (nested)
                {
                    writer.PopSequence();
                }
            }
        }
    });

    private static X509Extension AuthorityInformation(CertificateTemplate template) => Encode("1.3.6.1.5.5.7.1.1", isCritical: false, writer =>
    {
        using (writer.PushSequence())
        {
            IEnumerable<(string Method, string Url)> entries =
                template.OcspServers.Select(url => ("1.3.6.1.5.5.7.48.1", url)).Concat(template.IssuerUrls.Select(url => ("1.3.6.1.5.5.7.48.2", url)));
            foreach ((string method, string url) in entries)
            {
                using (writer.PushSequence())
                {
                    writer.WriteObjectIdentifier(method);
                    WriteText(writer, UriTag, url);
                }
            }
        }
    });

    private static X509Extension AlternativeNames(AlternativeNames names, bool isCritical) => Encode("2.5.29.17", isCritical, writer =>
    {
        using (writer.PushSequence())
        {
            WriteAll(writer, DnsTag, names.DnsNames);
            WriteAll(writer, EmailTag, names.EmailAddresses);
            foreach (System.Net.IPAddress address in names.Addresses)
            {
                writer.WriteOctetString(address.GetAddressBytes(), Tag(AddressTag));
            }

            WriteAll(writer, UriTag, names.Uris);
        }
    });

    private static X509Extension NameConstraints(NameConstraints constraints) => Encode("2.5.29.30", constraints.IsCritical, writer =>
    {
        using (writer.PushSequence())
        {
            WriteSubtrees(writer, 0, constraints.Permitted);
            WriteSubtrees(writer, 1, constraints.Excluded);
        }
    });

    private static void WriteSubtrees(AsnWriter writer, int tag, NameSubtrees subtrees)
    {
        if (subtrees.IsEmpty)
        {
            return;
        }

        using (writer.PushSequence(Tag(tag)))
        {
            IEnumerable<(int Tag, string Name)> names =
                subtrees.DnsDomains.Select(n => (DnsTag, n)).Concat(subtrees.EmailAddresses.Select(n => (EmailTag, n))).Concat(subtrees.UriDomains.Select(n => (UriTag, n)));
            foreach ((int nameTag, string name) in names)
            {
                using (writer.PushSequence())
                {
                    WriteText(writer, nameTag, name);
                }
            }

            foreach (byte[] range in subtrees.AddressRanges)
            {
                using (writer.PushSequence())
                {
                    writer.WriteOctetString(range, Tag(AddressTag));
                }
            }
        }
    }

    private static X509Extension RevocationLists(ImmutableArray<string> urls) => Encode("2.5.29.31", isCritical: false, writer =>
    {
        using (writer.PushSequence())
        {
            foreach (string url in urls)
            {
                using (writer.PushSequence())
                using (writer.PushSequence(Tag(0)))
                using (writer.PushSequence(Tag(0)))
                {
                    WriteText(writer, UriTag, url);
                }
            }
        }
    });

    private static X509Extension Encode(string oid, bool isCritical, Action<AsnWriter> write)
    {
        var writer = new AsnWriter(AsnEncodingRules.DER);
        write(writer);
        return new X509Extension(oid, writer.Encode(), isCritical);
    }

    private static void WriteAll(AsnWriter writer, int tag, ImmutableArray<string> texts)
    {
        foreach (string text in texts)
        {
            WriteText(writer, tag, text);
        }
    }

    private static void WriteText(AsnWriter writer, int tag, string text) => writer.WriteCharacterString(UniversalTagNumber.IA5String, text, Tag(tag));

    private static Asn1Tag Tag(int number) => new(TagClass.ContextSpecific, number);
}
