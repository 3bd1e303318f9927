using System.Formats.Asn1;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using MarbleRun.Attestation.Claims;
using MarbleRun.Attestation.Collateral;
using MarbleRun.Attestation.Snp;
using MarbleRun.TestSupport.Markdown;

namespace MarbleRun.TestSupport.Snp;

/// <summary>A hierarchy like AMD's, minted for a test; each property changes one thing in it before it is used.</summary>
public sealed class SnpTestPki
{
    public const string Oid = "1.3.6.1.4.1.3704.1";

    public static readonly DateTimeOffset Now = new(2026, 6, 1, 12, 0, 0, TimeSpan.Zero);

    // Keys of this size take long to make; which test uses them makes no difference.
    private static readonly Lazy<RSA> s_arkKey = new(() => RSA.Create(4096));
    private static readonly Lazy<RSA> s_askKey = new(() => RSA.Create(4096));
    private static readonly Lazy<RSA> s_unrelatedKey = new(() => RSA.Create(4096));

    public SnpTestPki(SnpProductLine line = SnpProductLine.Genoa, SnpSigningKey kind = SnpSigningKey.Vcek)
    {
        Line = line;
        bool isVcek = kind == SnpSigningKey.Vcek;
        string prefix = isVcek ? "SEV-" : "SEV-VLEK-";
        Ark = new SnpTestCertificate($"CN=ARK-{line}, O=Test")
        {
            IsAuthority = true,
            KeyUsage = X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign,
            SerialNumber = [0x03, 0x00],
        };
        Ask = new SnpTestCertificate($"CN={prefix}{line}, O=Test")
        {
            IsAuthority = true,
            PathLength = 0,
            KeyUsage = X509KeyUsageFlags.KeyCertSign,
        };
        Vek = new SnpTestCertificate(isVcek ? "CN=SEV-VCEK, O=Test" : "CN=SEV-VLEK, O=Test") { SerialNumber = [0x00] };
        SetNumber(".1", line == SnpProductLine.Turin ? 1 : 0);
        SetText(".2", line == SnpProductLine.Milan && isVcek ? "Milan-B0" : $"{line}");
        int[] levels = line == SnpProductLine.Turin ? [9, 1, 2, 3, 5, 6, 7, 8] : [1, 2, 4, 5, 6, 7, 3, 8];
        byte[] tcb = BitConverter.GetBytes(Tcb);
        for (int i = 0; i < levels.Length; i++)
        {
            SetNumber($".3.{levels[i]}", tcb[i]);
        }

        if (isVcek)
        {
            Set(".4", HardwareId);
        }
        else
        {
            SetText(".5", "CN=test.example");
        }
    }

    public SnpProductLine Line { get; }

    public RSA ArkKey { get; set; } = s_arkKey.Value;

    public RSA AskKey { get; set; } = s_askKey.Value;

    public ECDsa VekKey { get; set; } = ECDsa.Create(ECCurve.NamedCurves.nistP384);

    public SnpTestCertificate Ark { get; }

    public SnpTestCertificate Ask { get; }

    public SnpTestCertificate Vek { get; }

    /// <summary>The TCB that the VEK is for, as a report has it.</summary>
    public ulong Tcb => Line == SnpProductLine.Turin ? 0x51_00_00_00_04_03_02_01UL : 0x54_17_00_00_00_00_02_0aUL;

    public byte[] HardwareId { get; } = [.. "chip"u8, .. new byte[4]];

    public static RSA UnrelatedKey => s_unrelatedKey.Value;

    public byte[] ArkDer() => Ark.Issue(new PublicKey(ArkKey), Ark.Name, ArkKey);

    public byte[] AskDer() => Ask.Issue(new PublicKey(AskKey), Ark.Name, ArkKey);

    public byte[] VekDer() => Vek.Issue(new PublicKey(VekKey), Ask.Name, AskKey);

    public SnpTrustAnchor Anchor() => SnpTrustAnchor.FromCertificate(ArkDer());

    public SnpCollateral Collateral() => new() { Vek = VekDer(), Ask = AskDer(), Ark = ArkDer() };

    /// <summary>A revocation list of the ARK, DER.</summary>
    public byte[] RevocationList(
        byte[]? serialNumber = null, string? issuer = null, RSA? key = null, int validDays = 30, DateTimeOffset? now = null)
    {
        DateTimeOffset at = now ?? Now;
        var builder = new CertificateRevocationListBuilder();
        if (serialNumber is not null)
        {
            builder.AddEntry(serialNumber, at.AddDays(-1));
        }

        return builder.Build(
            new X500DistinguishedName(issuer ?? Ark.Name),
            X509SignatureGenerator.CreateForRSA(key ?? ArkKey, RSASignaturePadding.Pss),
            1,
            at.AddDays(validDays),
            HashAlgorithmName.SHA384,
            X509AuthorityKeyIdentifierExtension.CreateFromSubjectKeyIdentifier(new byte[20]),
            at.AddDays(-1));
    }

    public void SetNumber(string suffix, int value) => Set(suffix, Encode(w => w.WriteInteger(value)));

    public void SetText(string suffix, string value) =>
        Set(suffix, Encode(w => w.WriteCharacterString(UniversalTagNumber.IA5String, value)));

    public void Set(string suffix, byte[] value)
    {
        // The chip id of Milan and Genoa has 64 bytes.
        byte[] content = suffix == ".4" && Line != SnpProductLine.Turin && value.Length == 8 ? [.. value, .. new byte[56]] : value;
        Vek.Extensions[Oid + suffix] = new X509Extension(Oid + suffix, content, false);
    }

    private static byte[] Encode(Action<AsnWriter> write)
    {
        var writer = new AsnWriter(AsnEncodingRules.DER);
        write(writer);
        return writer.Encode();
    }
}
