using System.Formats.Asn1;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using MarbleRun.Attestation.Dcap;

namespace MarbleRun.Attestation.Simulation;

/// <summary>
/// Issues the certificates of a simulation platform after Intel's profile, under names that cannot be mistaken for Intel's.
/// </summary>
internal static class DevelopmentAuthority
{
    /// <summary>The SVN of every TCB component, of the provisioning certification enclave and of the quoting enclave.</summary>
    public const byte Svn = 1;

    private const string Organization = ", O=MarbleRun Development";
    private const string RootName = "CN=" + DevelopmentRoot.CommonName + Organization;
    private const string AuthorityName = "CN=MarbleRun Development SGX PCK Platform CA" + Organization;
    private const string SignerName = "CN=MarbleRun Development SGX TCB Signing" + Organization;
    private const string PckName = "CN=MarbleRun Development SGX PCK Certificate" + Organization;
    private const int LifetimeYears = 30;
    private const int SerialNumberSize = 20;
    private const X509KeyUsageFlags AuthorityUsage = X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign;
    private const X509KeyUsageFlags PckUsage = X509KeyUsageFlags.DigitalSignature | X509KeyUsageFlags.NonRepudiation;

    /// <summary>The FMSPC of simulated platforms, "MBR" and zeros: no processor has it.</summary>
    public static ReadOnlySpan<byte> Fmspc => [0x4d, 0x42, 0x52, 0, 0, 0];

    /// <summary>Issues root, PCK CA and PCK certificate; each PEM with a line end.</summary>
    public static (string Root, string Authority, string Pck) Issue(ECDsa rootKey, ECDsa authorityKey, ECDsa pckKey, DateTimeOffset now)
    {
        string root = Issue(RootName, rootKey, RootName, rootKey, now, pathLength: 1);
        string authority = Issue(AuthorityName, authorityKey, RootName, rootKey, now, pathLength: 0);
        string pck = Issue(PckName, pckKey, AuthorityName, authorityKey, now, pathLength: null, EncodePckExtension());
        return (root, authority, pck);
    }

    /// <summary>Issues the certificate of a key that signs TCB info and QE identities; PEM with a line end.</summary>
    public static string IssueSigner(ECDsa signerKey, ECDsa rootKey, DateTimeOffset now) =>
        Issue(SignerName, signerKey, RootName, rootKey, now, pathLength: null);

    private static string Issue(
        string subject,
        ECDsa key,
        string issuer,
        ECDsa issuerKey,
        DateTimeOffset now,
        int? pathLength,
        byte[]? pckExtension = null)
    {
        var request = new CertificateRequest(subject, key, HashAlgorithmName.SHA256);
        bool isAuthority = pathLength is not null;
        var issuerIdentifier = new X509SubjectKeyIdentifierExtension(new PublicKey(issuerKey), critical: false);
        request.CertificateExtensions.Add(X509AuthorityKeyIdentifierExtension.CreateFromSubjectKeyIdentifier(issuerIdentifier));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, critical: false));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(isAuthority ? AuthorityUsage : PckUsage, critical: true));
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(isAuthority, isAuthority, pathLength ?? 0, critical: true));
        if (pckExtension is not null)
        {
            request.CertificateExtensions.Add(new X509Extension(PckExtension.Oid, pckExtension, critical: false));
        }

        byte[] serialNumber = RandomNumberGenerator.GetBytes(SerialNumberSize);
        serialNumber[0] &= 0x7f;

        // A day back, for verifiers whose clock is behind.
        using X509Certificate2 certificate = request.Create(
            new X500DistinguishedName(issuer),
            X509SignatureGenerator.CreateForECDsa(issuerKey),
            now.AddDays(-1),
            now.AddYears(LifetimeYears),
            serialNumber);
        return certificate.ExportCertificatePem() + "\n";
    }

    // Intel SGX PCK Certificate and CRL Profile Specification, 1.3.5.
    private static byte[] EncodePckExtension()
    {
        Span<byte> components = stackalloc byte[PckExtension.ComponentCount];
        components.Fill(Svn);
        var writer = new AsnWriter(AsnEncodingRules.DER);
        using (writer.PushSequence())
        {
            WriteBytes(writer, PckExtension.PpidOid, RandomNumberGenerator.GetBytes(16));
            using (writer.PushSequence())
            {
                writer.WriteObjectIdentifier(PckExtension.TcbOid);
                using (writer.PushSequence())
                {
                    for (int i = 0; i < components.Length; i++)
                    {
                        WriteNumber(writer, $"{PckExtension.TcbOid}.{i + 1}", components[i]);
                    }

                    WriteNumber(writer, PckExtension.PceSvnOid, Svn);
                    WriteBytes(writer, PckExtension.CpuSvnOid, components);
                }
            }

            WriteBytes(writer, PckExtension.PceIdOid, [0, 0]);
            WriteBytes(writer, PckExtension.FmspcOid, Fmspc);
            using (writer.PushSequence())
            {
                writer.WriteObjectIdentifier(PckExtension.SgxTypeOid);
                writer.WriteEnumeratedValue(SgxType.Standard);
            }
        }

        return writer.Encode();
    }

    private static void WriteBytes(AsnWriter writer, string oid, ReadOnlySpan<byte> value)
    {
        using (writer.PushSequence())
        {
            writer.WriteObjectIdentifier(oid);
            writer.WriteOctetString(value);
        }
    }

    private static void WriteNumber(AsnWriter writer, string oid, long value)
    {
        using (writer.PushSequence())
        {
            writer.WriteObjectIdentifier(oid);
            writer.WriteInteger(value);
        }
    }

    private enum SgxType
    {
        Standard = 0,
    }
}
