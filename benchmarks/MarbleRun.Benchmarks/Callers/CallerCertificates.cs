using System.Net.Security;
using System.Numerics;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace MarbleRun.Benchmarks.Callers;

/// <summary>Client certificates of no authority: alone, or under a list of authorities that are as dear to check as bytes allow.</summary>
internal sealed class CallerCertificates
{
    /// <summary>Of authorities: more than fit into any handshake.</summary>
    public const int Longest = 14;

    private readonly List<(X509Certificate2 Certificate, AsymmetricAlgorithm Key)> _authorities = [];

    private CallerCertificates(Func<AsymmetricAlgorithm> createKey)
    {
        for (int i = 0; i < Longest; i++)
        {
            AsymmetricAlgorithm key = createKey();
            _authorities.Add((Issue($"c{i}", key, i == 0 ? ("c0", key) : ($"c{i - 1}", _authorities[^1].Key), isAuthority: true), key));
        }
    }

    /// <summary>The curve sect571r1 over a binary field: the dearest signature for its bytes, since there is no fast code for it.</summary>
    public static CallerCertificates Binary { get; } = new(() => ECDsa.Create(ECCurve.CreateFromValue("1.3.132.0.39")));

    /// <summary>RSA whose public exponent is as long as its modulus, which the platform takes up to 3,072 bits. All with one key.</summary>
    public static CallerCertificates Exponent { get; } = CreateExponent();

    /// <summary>All with one key, since making keys takes long.</summary>
    public static CallerCertificates Rsa { get; } = CreateRsa();

    /// <summary>One self-signed certificate, as a Marble that starts shows it.</summary>
    public static X509Certificate2 CreateSingle()
    {
        var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        return Pair(Issue("MarbleRun Marble", key, ("MarbleRun Marble", key), isAuthority: false), key);
    }

    /// <summary>The first of them alone, signed by itself.</summary>
    public SslStreamCertificateContext CreateAlone()
    {
        (X509Certificate2 certificate, AsymmetricAlgorithm key) = _authorities[0];
        return SslStreamCertificateContext.Create(certificate.CopyWithPrivateKey((RSA)key), additionalCertificates: null, offline: true);
    }

    /// <summary>A certificate under so many authorities, all of which are sent.</summary>
    public SslStreamCertificateContext CreateChain(int authorities)
    {
        var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        X509Certificate2 leaf = Pair(Issue("l", key, ($"c{authorities - 1}", _authorities[authorities - 1].Key), isAuthority: false), key);
        return SslStreamCertificateContext.Create(
            leaf, [.. _authorities[..authorities].Select(a => a.Certificate).Reverse()], offline: true);
    }

    /// <summary>The longest chain that is still answered.</summary>
    public async Task<(SslStreamCertificateContext Chain, int Certificates)> FindLongestAsync(
        Func<SslStreamCertificateContext, Task<bool>> isAnswered)
    {
        for (int i = Longest; i > 0; i--)
        {
            SslStreamCertificateContext chain = CreateChain(i);
            if (await isAnswered(chain))
            {
                return (chain, 1 + chain.IntermediateCertificates.Count);
            }
        }

        throw new InvalidOperationException("No chain is answered at all.");
    }

    private static CallerCertificates CreateRsa()
    {
        var key = RSA.Create(4096);
        return new CallerCertificates(() => key);
    }

    private static CallerCertificates CreateExponent()
    {
        using var usual = RSA.Create(3072);
        RSAParameters parameters = usual.ExportParameters(includePrivateParameters: true);
        BigInteger p = Read(parameters.P!);
        BigInteger q = Read(parameters.Q!);
        BigInteger order = (p - 1) * (q - 1);
        BigInteger exponent;
        do
        {
            exponent = (Read(RandomNumberGenerator.GetBytes(384)) % order) | 1;
        }
        while (!BigInteger.GreatestCommonDivisor(exponent, order).IsOne);

        BigInteger secret = Invert(exponent, order);
        parameters.Exponent = Write(exponent, 384);
        parameters.D = Write(secret, 384);
        parameters.DP = Write(secret % (p - 1), 192);
        parameters.DQ = Write(secret % (q - 1), 192);
        var key = RSA.Create(parameters);
        return new CallerCertificates(() => key);
    }

    private static BigInteger Read(byte[] number) => new(number, isUnsigned: true, isBigEndian: true);

    private static byte[] Write(BigInteger number, int length)
    {
        byte[] text = number.ToByteArray(isUnsigned: true, isBigEndian: true);
        return [.. new byte[length - text.Length], .. text];
    }

    /// <summary>The number that gives one with another, by Euclid.</summary>
    private static BigInteger Invert(BigInteger number, BigInteger order)
    {
        (BigInteger rest, BigInteger next) = (order, number);
        (BigInteger factor, BigInteger nextFactor) = (BigInteger.Zero, BigInteger.One);
        while (!next.IsZero)
        {
            BigInteger times = rest / next;
            (rest, next) = (next, rest - (times * next));
            (factor, nextFactor) = (nextFactor, factor - (times * nextFactor));
        }

        return factor.Sign < 0 ? factor + order : factor;
    }

    private static X509Certificate2 Issue(
        string name, AsymmetricAlgorithm key, (string Name, AsymmetricAlgorithm Key) issuer, bool isAuthority)
    {
        var subject = new X500DistinguishedName($"CN={name}");
        CertificateRequest request = key is RSA rsa
            ? new CertificateRequest(subject, rsa, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1)
            : new CertificateRequest(subject, (ECDsa)key, HashAlgorithmName.SHA256);
        if (isAuthority)
        {
            request.CertificateExtensions.Add(
                new X509BasicConstraintsExtension(certificateAuthority: true, hasPathLengthConstraint: false, 0, critical: true));
        }

        X509SignatureGenerator generator = issuer.Key is RSA signer
            ? X509SignatureGenerator.CreateForRSA(signer, RSASignaturePadding.Pkcs1)
            : X509SignatureGenerator.CreateForECDsa((ECDsa)issuer.Key);
        DateTimeOffset now = TimeProvider.System.GetUtcNow();
        return request.Create(new X500DistinguishedName($"CN={issuer.Name}"), generator, now.AddDays(-1), now.AddDays(1), [1]);
    }

    /// <summary>With the key in a form that TLS can use.</summary>
    private static X509Certificate2 Pair(X509Certificate2 certificate, ECDsa key) => certificate.CopyWithPrivateKey(key);
}
