using System.Formats.Asn1;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using MarbleRun.Attestation.Dcap;

namespace MarbleRun.Tests.Attestation.Dcap;

/// <summary>A DCAP hierarchy minted for a test; each property changes one thing in it before it is used.</summary>
internal sealed class TestPki
{
    public static readonly DateTimeOffset Now = new(2026, 6, 1, 12, 0, 0, TimeSpan.Zero);

    public ECDsa RootKey { get; } = ECDsa.Create(ECCurve.NamedCurves.nistP256);

    public ECDsa AuthorityKey { get; } = ECDsa.Create(ECCurve.NamedCurves.nistP256);

    public ECDsa PckKey { get; } = ECDsa.Create(ECCurve.NamedCurves.nistP256);

    public TestCertificate Root { get; } = new("CN=Test Root") { IsAuthority = true, PathLength = 1 };

    public TestCertificate Authority { get; } = new("CN=Test PCK CA") { IsAuthority = true, PathLength = 0 };

    public TestCertificate Pck { get; } = new("CN=Test PCK") { Sgx = SgxExtension() };

    /// <summary>PEM, PCK first.</summary>
    public string Chain() => Pem(Leaf()) + Pem(Intermediate()) + Pem(SelfSigned());

    public byte[] SelfSigned() => Root.Issue(RootKey, Root.Name, RootKey);

    public byte[] Intermediate() => Authority.Issue(AuthorityKey, Root.Name, RootKey);

    public byte[] Leaf() => Pck.Issue(PckKey, Authority.Name, AuthorityKey);

    public DcapTrustAnchor Anchor() => DcapTrustAnchor.FromCertificate(SelfSigned());

    public static string Pem(byte[] der) => PemEncoding.WriteString("CERTIFICATE", der) + "\n";

    /// <summary>The extension of a PCK certificate, with fields left out or replaced.</summary>
    public static byte[] SgxExtension(string? without = null, int component = 5, bool twice = false)
    {
        const string Sgx = "1.2.840.113741.1.13.1";
        var writer = new AsnWriter(AsnEncodingRules.DER);
        using (writer.PushSequence())
        {
            Field(writer, Sgx + ".1", without, w => w.WriteOctetString(new byte[16]));
            Field(writer, Sgx + ".2", without, w =>
            {
                using (w.PushSequence())
                {
                    for (int i = 1; i <= 16; i++)
                    {
                        Field(w, $"{Sgx}.2.{i}", without, x => x.WriteInteger(component));
                    }

                    Field(w, Sgx + ".2.17", without, x => x.WriteInteger(13));
                    Field(w, Sgx + ".2.18", without, x => x.WriteOctetString(new byte[16]));
                }
            });
            Field(writer, Sgx + ".3", without, w => w.WriteOctetString(new byte[2]));
            Field(writer, Sgx + ".4", without, w => w.WriteOctetString([0, 0x60, 0x6a, 0, 0, 0]));
            Field(writer, Sgx + ".5", without, w => w.WriteEncodedValue([0x0a, 0x01, 0x00]));
            if (twice)
            {
                Field(writer, Sgx + ".4", without, w => w.WriteOctetString(new byte[6]));
            }
        }

        return writer.Encode();
    }

    /// <summary>A revocation list, DER.</summary>
    public static byte[] RevocationList(string issuer, ECDsa key, byte[]? serialNumber = null, int validDays = 30)
    {
        var builder = new CertificateRevocationListBuilder();
        if (serialNumber is not null)
        {
            builder.AddEntry(serialNumber, Now.AddDays(-1));
        }

        using X509Certificate2 certificate = new CertificateRequest(issuer, key, HashAlgorithmName.SHA256)
        {
            CertificateExtensions =
            {
                new X509BasicConstraintsExtension(true, false, 0, true),
                new X509KeyUsageExtension(X509KeyUsageFlags.CrlSign, true),
                new X509SubjectKeyIdentifierExtension(new PublicKey(key), false),
            },
        }.CreateSelfSigned(Now.AddYears(-1), Now.AddYears(1));
        return builder.Build(
            certificate, 1, Now.AddDays(validDays), HashAlgorithmName.SHA256, thisUpdate: Now.AddDays(Math.Min(-1, validDays - 1)));
    }

    private static void Field(AsnWriter writer, string oid, string? without, Action<AsnWriter> value)
    {
        if (oid == without)
        {
            return;
        }

        using (writer.PushSequence())
        {
            writer.WriteObjectIdentifier(oid);
            value(writer);
        }
    }
}
