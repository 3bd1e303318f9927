using System.Formats.Asn1;
using System.Security.Cryptography;
using MarbleRun.Manifests;
using MarbleRun.Primitives;
using Org.BouncyCastle.Math.EC.Rfc8032;

namespace MarbleRun.Coordinator.Secrets;

/// <summary>The fresh key of a certificate secret.</summary>
/// <param name="Private">PKCS #8, DER.</param>
/// <param name="Public">SubjectPublicKeyInfo, DER.</param>
internal sealed record SecretKeyPair(byte[] Private, byte[] Public)
{

    /// <exception cref="ArgumentException">The type has no key, or not of this size.</exception>
    public static SecretKeyPair Generate(SecretDefinition definition) => definition switch
    {
        { Type: SecretTypes.CertRsa } => Export(RSA.Create(checked((int)definition.Size))),
        { Type: SecretTypes.CertEcdsa } => Export(ECDsa.Create(CurveOf(definition.Size))),
        { Type: SecretTypes.CertEd25519 } => GenerateEd25519(),
        _ => throw new ArgumentException($"Secrets of type {definition.Type} have no key pair.", nameof(definition)),
    };

    public override string ToString() => "key pair";

    private static ECCurve CurveOf(ulong bits) => bits switch
    {
        224 => ECCurve.CreateFromValue("1.3.132.0.33"),
        256 => ECCurve.NamedCurves.nistP256,
        384 => ECCurve.NamedCurves.nistP384,
        521 => ECCurve.NamedCurves.nistP521,
        _ => throw new ArgumentException($"No curve has {bits} bits.", nameof(bits)),
    };

    private static SecretKeyPair Export(AsymmetricAlgorithm key)
    {
        using (key)
        {
            return new SecretKeyPair(key.ExportPkcs8PrivateKey(), key.ExportSubjectPublicKeyInfo());
        }
    }

    /// <summary>The base library has no Ed25519. The encodings are those of RFC 8410, 4 and 7.</summary>
    private static SecretKeyPair GenerateEd25519()
    {
        byte[] seed = RandomNumberGenerator.GetBytes(Ed25519.SecretKeySize);
        byte[] point = new byte[Ed25519.PublicKeySize];
        Ed25519.GeneratePublicKey(seed, 0, point, 0);

        var curvePrivateKey = new AsnWriter(AsnEncodingRules.DER);
        curvePrivateKey.WriteOctetString(seed);
        var pkcs8 = new AsnWriter(AsnEncodingRules.DER);
        using (pkcs8.PushSequence())
        {
            pkcs8.WriteInteger(0);
            WriteAlgorithm(pkcs8);
            pkcs8.WriteOctetString(curvePrivateKey.Encode());
        }

        var publicKey = new AsnWriter(AsnEncodingRules.DER);
        using (publicKey.PushSequence())
        {
            WriteAlgorithm(publicKey);
            publicKey.WriteBitString(point);
        }

        CryptographicOperations.ZeroMemory(seed);
        return new SecretKeyPair(pkcs8.Encode(), publicKey.Encode());
    }

    private static void WriteAlgorithm(AsnWriter writer)
    {
        using (writer.PushSequence())
        {
            writer.WriteObjectIdentifier(Oids.Ed25519);
        }
    }
}
