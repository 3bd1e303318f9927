using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using MarbleRun.TestSupport;
using Net.Pkcs11Interop.Common;
using Net.Pkcs11Interop.HighLevelAPI;
using Net.Pkcs11Interop.HighLevelAPI.Factories;

namespace MarbleRun.Cli.Tests.Users;

/// <summary>
/// SoftHSM 2 with tokens for the tests of this process: it reads its configuration once. The token <c>users</c> has the keys <c>ec</c>
/// (id <c>ec-id</c>), <c>rsa</c> (id 0x01) and <c>big</c> with certificates, two keys <c>twin</c>, and <c>lonely</c> without a public key.
/// </summary>
internal static class SoftHsm
{
    public const string Pin = "46-secret-79";
    public const string Missing = "SoftHSM 2 is not installed (Debian: softhsm2).";

    private const string OfficerPin = "00000000";

    private static readonly string? s_library = new[]
    {
        "/usr/lib/softhsm/libsofthsm2.so", "/usr/lib64/pkcs11/libsofthsm2.so", "/usr/lib64/softhsm/libsofthsm2.so",
        "/usr/local/lib/softhsm/libsofthsm2.so",
    }.FirstOrDefault(File.Exists);

    private static readonly Lazy<Tokens> s_tokens = new(Create);

    public static bool IsInstalled => s_library is not null;

    public static Tokens Users => s_tokens.Value;

    /// <summary>A configuration of the command line.</summary>
    public static string Config(string selector = "\"TokenLabel\": \"users\"", string pin = Pin) =>
        $$"""{ "path": "{{s_library}}", "MaxSessions": 2, "poolWaitTimeout": 0, {{selector}}, "Pin": "{{pin}}" }""";

    private static Tokens Create()
    {
        var folder = new TemporaryDirectory();
        Directory.CreateDirectory(folder.File("tokens"));
        string settings = folder.File("softhsm2.conf");
        File.WriteAllText(settings, $"directories.tokendir = {folder.File("tokens")}\nobjectstore.backend = file\nlog.level = ERROR\n");

        // The library reads the variable of the process, which .NET's own copy does not reach.
        Assert.Equal(0, SetVariable("SOFTHSM2_CONF", settings, 1));
        Pkcs11InteropFactories factories = CreateFactories();
        IPkcs11Library library = factories.Pkcs11LibraryFactory.LoadPkcs11Library(factories, s_library, AppType.MultiThreaded);
        var tokens = new Tokens(settings);
        foreach (string label in new[] { "users", "pins" })
        {
            ISlot empty = library.GetSlotList(SlotsType.WithTokenPresent).First(s => !s.GetTokenInfo().TokenFlags.TokenInitialized);
            empty.InitToken(OfficerPin, label);
            ISlot slot = library.GetSlotList(SlotsType.WithTokenPresent).Single(s => s.GetTokenInfo().Label.Trim() == label);
            using ISession session = slot.OpenSession(SessionType.ReadWrite);
            session.Login(CKU.CKU_SO, OfficerPin);
            session.InitPin(Pin);
            session.Logout();
            session.Login(CKU.CKU_USER, Pin);
            if (label == "users")
            {
                Fill(session, factories.ObjectAttributeFactory, tokens);
                tokens.Serial = slot.GetTokenInfo().SerialNumber.Trim();
            }

            session.Logout();
        }

        // SoftHSM numbers its slots again when it is next initialized, also when the finalizer of an unused library did that. So it is
        // initialized here, and kept for as long as the process.
        library.Dispose();
        tokens.Library = factories.Pkcs11LibraryFactory.LoadPkcs11Library(factories, s_library, AppType.MultiThreaded);
        tokens.Slot = tokens.Library.GetSlotList(SlotsType.WithTokenPresent)
            .Single(s => s.GetTokenInfo().SerialNumber.Trim() == tokens.Serial)
            .SlotId;
        return tokens;
    }

    /// <summary>The package calls dlopen in "libdl", a name that only development packages of a system have.</summary>
    private static Pkcs11InteropFactories CreateFactories()
    {
        NativeLibrary.SetDllImportResolver(typeof(Pkcs11InteropFactories).Assembly, (name, _, _) =>
            name != "libdl" ? 0
            : NativeLibrary.TryLoad("libdl.so.2", out nint library) ? library
            : NativeLibrary.GetMainProgramHandle());
        return new Pkcs11InteropFactories();
    }

    private static void Fill(ISession session, IObjectAttributeFactory make, Tokens tokens)
    {
        using var ec = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var big = ECDsa.Create(ECCurve.NamedCurves.nistP384);
        using var rsa = RSA.Create(2048);
        tokens.Certificates["ec"] = AddEc(session, make, ec, "ec"u8.ToArray(), "ec-id"u8.ToArray());
        tokens.Certificates["big"] = AddEc(session, make, big, "big"u8.ToArray(), "big-id"u8.ToArray());
        tokens.Certificates["rsa"] = AddRsa(session, make, rsa, "rsa"u8.ToArray(), [1]);
        tokens.RecoveryKey = rsa.ExportSubjectPublicKeyInfoPem();
        using var twin = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        _ = AddEc(session, make, twin, "twin"u8.ToArray(), "twin-1"u8.ToArray());
        _ = AddEc(session, make, twin, "twin"u8.ToArray(), "twin-2"u8.ToArray());
        _ = AddEc(session, make, twin, "lonely"u8.ToArray(), "lonely"u8.ToArray(), withPublicKey: false);
    }

    private static X509Certificate2 AddEc(
        ISession session, IObjectAttributeFactory make, ECDsa key, byte[] label, byte[] id, bool withPublicKey = true)
    {
        ECParameters parameters = key.ExportParameters(includePrivateParameters: true);
        var curve = new System.Formats.Asn1.AsnWriter(System.Formats.Asn1.AsnEncodingRules.DER);
        curve.WriteObjectIdentifier(parameters.Curve.Oid.Value ?? (key.KeySize == 256 ? "1.2.840.10045.3.1.7" : "1.3.132.0.34"));
        var point = new System.Formats.Asn1.AsnWriter(System.Formats.Asn1.AsnEncodingRules.DER);
        point.WriteOctetString([4, .. parameters.Q.X!, .. parameters.Q.Y!]);
        session.CreateObject(
        [
            .. Common(make, CKO.CKO_PRIVATE_KEY, CKK.CKK_EC, label, id), make.Create(CKA.CKA_PRIVATE, true),
            make.Create(CKA.CKA_SENSITIVE, true),
            make.Create(CKA.CKA_SIGN, true), make.Create(CKA.CKA_EC_PARAMS, curve.Encode()), make.Create(CKA.CKA_VALUE, parameters.D),
        ]);
        if (withPublicKey)
        {
            session.CreateObject(
            [
                .. Common(make, CKO.CKO_PUBLIC_KEY, CKK.CKK_EC, label, id), make.Create(CKA.CKA_EC_PARAMS, curve.Encode()),
                make.Create(CKA.CKA_EC_POINT, point.Encode()),
            ]);
        }

        return AddCertificate(
            session, make, new CertificateRequest($"CN={Encoding.UTF8.GetString(label)}", key, HashAlgorithmName.SHA256), label, id);
    }

    private static X509Certificate2 AddRsa(ISession session, IObjectAttributeFactory make, RSA key, byte[] label, byte[] id)
    {
        RSAParameters p = key.ExportParameters(includePrivateParameters: true);
        session.CreateObject(
        [
            .. Common(make, CKO.CKO_PRIVATE_KEY, CKK.CKK_RSA, label, id), make.Create(CKA.CKA_PRIVATE, true),
            make.Create(CKA.CKA_SENSITIVE, true),
            make.Create(CKA.CKA_SIGN, true), make.Create(CKA.CKA_DECRYPT, true), make.Create(CKA.CKA_MODULUS, p.Modulus),
            make.Create(CKA.CKA_PUBLIC_EXPONENT, p.Exponent), make.Create(CKA.CKA_PRIVATE_EXPONENT, p.D), make.Create(CKA.CKA_PRIME_1, p.P),
            make.Create(CKA.CKA_PRIME_2, p.Q), make.Create(CKA.CKA_EXPONENT_1, p.DP), make.Create(CKA.CKA_EXPONENT_2, p.DQ),
            make.Create(CKA.CKA_COEFFICIENT, p.InverseQ),
        ]);
        session.CreateObject(
        [
            .. Common(make, CKO.CKO_PUBLIC_KEY, CKK.CKK_RSA, label, id), make.Create(CKA.CKA_MODULUS, p.Modulus),
            make.Create(CKA.CKA_PUBLIC_EXPONENT, p.Exponent),
        ]);
        return AddCertificate(
            session,
            make,
            new CertificateRequest("CN=rsa", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1),
            label,
            id);
    }

    private static X509Certificate2 AddCertificate(
        ISession session, IObjectAttributeFactory make, CertificateRequest request, byte[] label, byte[] id)
    {
        DateTimeOffset now = DateTimeOffset.UtcNow;
        using X509Certificate2 made = request.CreateSelfSigned(now.AddMinutes(-1), now.AddDays(1));
        session.CreateObject(
        [
            make.Create(CKA.CKA_CLASS, CKO.CKO_CERTIFICATE), make.Create(CKA.CKA_CERTIFICATE_TYPE, CKC.CKC_X_509),
            make.Create(CKA.CKA_TOKEN, true), make.Create(CKA.CKA_LABEL, label), make.Create(CKA.CKA_ID, id),
            make.Create(CKA.CKA_SUBJECT, made.SubjectName.RawData),
            make.Create(CKA.CKA_VALUE, made.RawData),
        ]);
        return X509CertificateLoader.LoadCertificate(made.RawData);
    }

    private static IObjectAttribute[] Common(IObjectAttributeFactory make, CKO kind, CKK type, byte[] label, byte[] id) =>
    [
        make.Create(CKA.CKA_CLASS, kind), make.Create(CKA.CKA_KEY_TYPE, type), make.Create(CKA.CKA_TOKEN, true),
        make.Create(CKA.CKA_LABEL, label), make.Create(CKA.CKA_ID, id),
    ];

    [DllImport("libc", EntryPoint = "setenv", CharSet = CharSet.Ansi, BestFitMapping = false, ThrowOnUnmappableChar = true)]
    private static extern int SetVariable(string name, string value, int overwrite);

    /// <summary>What the tokens have.</summary>
    internal sealed class Tokens(string settings)
    {
        /// <summary>The value of SOFTHSM2_CONF for other processes.</summary>
        public string Settings => settings;

        public IPkcs11Library? Library { get; set; }

        public string Serial { get; set; } = string.Empty;

        public ulong Slot { get; set; }

        /// <summary>Certificates without their keys, by label.</summary>
        public Dictionary<string, X509Certificate2> Certificates { get; } = [];

        /// <summary>The public key of <c>rsa</c>, PEM.</summary>
        public string RecoveryKey { get; set; } = string.Empty;
    }
}
