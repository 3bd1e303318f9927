using System.Collections;
using System.Collections.Immutable;
using System.Formats.Asn1;
using System.Security.Cryptography.X509Certificates;

namespace MarbleRun.Manifests.Certificates;

/// <summary>Builds the extensions of a certificate from a template (RFC 5280, 4.2), in the order of encoding.</summary>
internal static class TemplateExtensions
{
    private const int EmailTag = 1;
    private const int DnsTag = 2;
    private const int UriTag = 6;
    private const int AddressTag = 7;

    /// <param name="content">The content of the certificate.</param>
    /// <param name="subjectKeyId">The key identifier of an authority's key, unless the content contains one.</param>
    /// <param name="issuerKeyId">The key identifier of the issuer's key.</param>
    public static IReadOnlyList<X509Extension> Build(
        CertificateContent content, ReadOnlySpan<byte> subjectKeyId, ReadOnlySpan<byte> issuerKeyId)
    {
        bool hasSubject = content.Subject.RawData.Length > 2;
        X509Extension?[] built =
        [
            KeyUsage(content.KeyUsage),
            content.ExtendedKeyUsages.IsEmpty
                ? null
                : ObjectIdentifiers(ExtensionOids.ExtendedKeyUsage, content.ExtendedKeyUsages, nested: false),
            new X509BasicConstraintsExtension(
                content.IsAuthority, content is { IsAuthority: true, PathLength: not null }, content.PathLength ?? 0, critical: true),
            !content.SubjectKeyId.IsEmpty ? new X509SubjectKeyIdentifierExtension(content.SubjectKeyId.Span, critical: false)
                : content.IsAuthority ? new X509SubjectKeyIdentifierExtension(subjectKeyId, critical: false)
                : null,
            X509AuthorityKeyIdentifierExtension.CreateFromSubjectKeyIdentifier(issuerKeyId),
            content.OcspServers.IsEmpty && content.IssuerUrls.IsEmpty ? null : AuthorityInformation(content),
            content.Names.IsEmpty ? null : AlternativeNames(content.Names, isCritical: !hasSubject),
            content.Policies.IsEmpty ? null : ObjectIdentifiers(ExtensionOids.Policies, content.Policies, nested: true),
            content.Constraints.IsEmpty ? null : NameConstraints(content.Constraints),
            content.RevocationListUrls.IsEmpty ? null : RevocationLists(content.RevocationListUrls),
        ];
        return
        [
            .. built.OfType<X509Extension>().Where(e => content.ExtraExtensions.All(extra => extra.Oid!.Value != e.Oid!.Value)),
            .. content.ExtraExtensions,
        ];
    }

    private static X509Extension KeyUsage(int usage)
    {
        var bits = new BitArray([usage]) { Length = 9 };
        return Encode(ExtensionOids.KeyUsage, isCritical: true, writer => writer.WriteNamedBitList(bits));
    }

    private static X509Extension ObjectIdentifiers(string oid, ImmutableArray<string> values, bool nested) =>
        Encode(oid, isCritical: false, writer =>
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

    private static X509Extension AuthorityInformation(
        CertificateContent content) => Encode(ExtensionOids.AuthorityInformation, isCritical: false, writer =>
    {
        using (writer.PushSequence())
        {
            IEnumerable<(string Method, string Url)> entries =
                content.OcspServers
                    .Select(url => ("1.3.6.1.5.5.7.48.1", url))
                    .Concat(content.IssuerUrls.Select(url => ("1.3.6.1.5.5.7.48.2", url)));
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

    private static X509Extension AlternativeNames(AlternativeNames names, bool isCritical) =>
        Encode(ExtensionOids.AlternativeNames, isCritical, writer =>
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

    private static X509Extension NameConstraints(NameConstraints constraints) =>
        Encode(ExtensionOids.NameConstraints, constraints.IsCritical, writer =>
        {
            using (writer.PushSequence())
            {
                WriteSubtrees(writer, 0, constraints.Permitted);
                WriteSubtrees(writer, 1, constraints.Excluded);
            }
        });

    private static void WriteSubtrees(AsnWriter writer, int tag, Subtrees subtrees)
    {
        if (subtrees.IsEmpty)
        {
            return;
        }

        using (writer.PushSequence(Tag(tag)))
        {
            IEnumerable<(int Tag, string Name)> names =
                subtrees.DnsDomains
                    .Select(n => (DnsTag, n))
                    .Concat(subtrees.EmailAddresses.Select(n => (EmailTag, n)))
                    .Concat(subtrees.UriDomains.Select(n => (UriTag, n)));
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

    private static X509Extension RevocationLists(ImmutableArray<string> urls) =>
        Encode(ExtensionOids.RevocationLists, isCritical: false, writer =>
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

    private static void WriteText(AsnWriter writer, int tag, string text) =>
        writer.WriteCharacterString(UniversalTagNumber.IA5String, text, Tag(tag));

    private static Asn1Tag Tag(int number) => new(TagClass.ContextSpecific, number);
}
