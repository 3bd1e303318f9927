using System.Security.Cryptography;
using System.Text;
using MarbleRun.Attestation.Checks;
using MarbleRun.Attestation.Dcap;
using MarbleRun.Attestation.X509;

namespace MarbleRun.Attestation.Simulation;

/// <summary>The certificates and keys of a simulation platform.</summary>
/// <remarks>The keys of root and PCK CA are kept to sign revocation lists and TCB info with.</remarks>
internal sealed class SimulationMaterial
{
    public const string RootFile = "root.pem";
    public const string ChainFile = "chain.pem";
    public const string RootKeyFile = "root.key";
    public const string AuthorityKeyFile = "platform-ca.key";
    public const string PckKeyFile = "pck.key";
    public const string SigningKeyFile = "signing.key";

    private SimulationMaterial()
    {
    }

    public required PckChain Chain { get; init; }

    /// <summary>The certification data of quotes.</summary>
    public required string ChainPem { get; init; }

    /// <summary>The key of the root, with the private part.</summary>
    public required ECParameters RootKey { get; init; }

    /// <summary>The key of the PCK CA, with the private part.</summary>
    public required ECParameters AuthorityKey { get; init; }

    /// <summary>With the private part.</summary>
    public required ECParameters PckKey { get; init; }

    public required string SignerId { get; init; }

    /// <summary>Whether a file contains a private key.</summary>
    public static bool IsPrivate(string file) => file.EndsWith(".key", StringComparison.Ordinal);

    /// <summary>Creates new material: name and content of each file.</summary>
    public static IReadOnlyDictionary<string, string> Create(DateTimeOffset now)
    {
        using var rootKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var authorityKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var pckKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var signingKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        (string root, string authority, string pck) = DevelopmentAuthority.Issue(rootKey, authorityKey, pckKey, now);
        return new Dictionary<string, string>
        {
            [RootFile] = root,
            [ChainFile] = pck + authority + root,
            [RootKeyFile] = rootKey.ExportPkcs8PrivateKeyPem() + "\n",
            [AuthorityKeyFile] = authorityKey.ExportPkcs8PrivateKeyPem() + "\n",
            [PckKeyFile] = pckKey.ExportPkcs8PrivateKeyPem() + "\n",
            [SigningKeyFile] = signingKey.ExportPkcs8PrivateKeyPem() + "\n",
        };
    }

    /// <summary>Creates the material from its files.</summary>
    /// <param name="read">Returns the content of a file.</param>
    /// <exception cref="FormatException">A file is damaged, or the files do not match; the message names them.</exception>
    public static SimulationMaterial Load(Func<string, string> read)
    {
        string chainPem = read(ChainFile);
        if (!PckChain.TryReadPem(Encoding.UTF8.GetBytes(chainPem), out PckChain? chain, out CheckFailure? failure))
        {
            throw new FormatException($"{ChainFile} holds {failure.Found} instead of {failure.Expected}");
        }

        if (!chainPem.EndsWith(read(RootFile), StringComparison.Ordinal) || !DevelopmentRoot.Is(chain.Root))
        {
            throw new FormatException($"{ChainFile} does not end in the development root of {RootFile}");
        }

        failure = chain.CheckRoot(DcapTrustAnchor.ForSimulation(chain.Root.Der.Span)) ?? chain.CheckPath() ?? chain.CheckPck();
        if (failure is not null)
        {
            throw new FormatException($"in {ChainFile} was expected {failure.Expected} and found {failure.Found}");
        }

        return new SimulationMaterial
        {
            Chain = chain,
            ChainPem = chainPem,
            RootKey = ReadKey(read, RootKeyFile, chain.Root),
            AuthorityKey = ReadKey(read, AuthorityKeyFile, chain.Authority),
            PckKey = ReadKey(read, PckKeyFile, chain.Leaf),
            SignerId = ReadSignerId(read),
        };
    }

    private static ECParameters ReadKey(Func<string, string> read, string file, Certificate certificate)
    {
        using ECDsa key = Import(read, file);
        ECParameters parameters = key.ExportParameters(includePrivateParameters: true);
        byte[] publicKey = [.. parameters.Q.X!, .. parameters.Q.Y!];
        return certificate.PublicKey.Span.SequenceEqual(publicKey)
            ? parameters
            : throw new FormatException($"{file} is not the key of {certificate.SubjectText} in {ChainFile}");
    }

    private static string ReadSignerId(Func<string, string> read)
    {
        using ECDsa key = Import(read, SigningKeyFile);
        return Convert.ToHexStringLower(SHA256.HashData(key.ExportSubjectPublicKeyInfo()));
    }

    private static ECDsa Import(Func<string, string> read, string file)
    {
        var key = ECDsa.Create();
        try
        {
            key.ImportFromPem(read(file));
            return key;
        }
        catch (Exception e) when (e is ArgumentException or CryptographicException)
        {
            key.Dispose();
            throw new FormatException($"{file} holds no private key", e);
        }
    }
}
