using System.Formats.Asn1;
using System.Security.Cryptography.X509Certificates;
using MarbleRun.Primitives;

namespace MarbleRun.Manifests.Checks;

/// <summary>
/// Whether the holder of a key can sign in at a Coordinator, based on the handshakes that were tested with each kind of key
/// (<c>UserKeyTests</c>). A user with an unsuitable key could never sign in.
/// </summary>
internal static class ClientKey
{
    private const int ShortestRsaKey = 2048;

    /// <summary>
    /// Returns the reason why no handshake with the key succeeds; null if one does, or if the kind of key was never tested.
    /// </summary>
    public static string? FindFault(PublicKey key) => key.Oid.Value switch
    {
        Oids.Rsa or Oids.RsaPss => RsaBits(key) is var bits && bits < ShortestRsaKey
            ? $"it is an RSA key of {bits} bits, at least {ShortestRsaKey} are needed"
            : null,
        Oids.Ec => CurveFault(key),
        "1.3.101.110" or "1.3.101.111" or "1.2.840.10046.2.1" or "1.2.840.113549.1.3.1" or "1.3.132.1.12" or "1.3.132.1.13" =>
            "it is a key for key agreement, which cannot sign",
        _ => null,
    };

    /// <summary>Returns a restriction of the holder although handshakes succeed; null for the common kinds.</summary>
    public static string? FindDoubt(PublicKey key) => key.Oid.Value switch
    {
        Oids.Rsa or Oids.RsaPss or Oids.Ed25519 or "1.3.101.113" => null,
        Oids.Ec => NamedCurve(key) is null
            ? "its curve is specified by parameters and not by name, which many programs refuse"
            : null,
        "1.2.840.10040.4.1" => "it is a DSA key, which TLS 1.3 does not support: its holder can sign in only with TLS 1.2",
        _ => $"a key of the kind {key.Oid.Value} may not be able to sign a TLS handshake",
    };

    private static string? CurveFault(PublicKey key) => NamedCurve(key) switch
    {
        null or Oids.P256 or Oids.P384 or Oids.P521 => null,
        var curve => $"its curve is {NameOf(curve)}, which the Coordinator's TLS does not support; use P-256, P-384 or P-521",
    };

    /// <summary>Returns the object identifier of the curve; null if it is specified by parameters (RFC 3279, 2.3.5).</summary>
    private static string? NamedCurve(PublicKey key)
    {
        try
        {
            var reader = new AsnReader(key.EncodedParameters?.RawData ?? [], AsnEncodingRules.BER);
            return reader.PeekTag().HasSameClassAndValue(Asn1Tag.ObjectIdentifier) ? reader.ReadObjectIdentifier() : null;
        }
        catch (AsnContentException)
        {
            return null;
        }
    }

    private static string NameOf(string curve) => curve switch
    {
        "1.3.132.0.10" => "secp256k1",
        "1.3.132.0.33" => "P-224",
        "1.2.840.10045.3.1.1" => "P-192",
        _ when curve.StartsWith("1.3.36.3.3.2.8.1.1.", StringComparison.Ordinal) => $"a brainpool curve ({curve})",
        _ => curve,
    };

    private static int RsaBits(PublicKey key)
    {
        try
        {
            ReadOnlySpan<byte> modulus = new AsnReader(key.EncodedKeyValue.RawData, AsnEncodingRules.BER).ReadSequence()
                .ReadIntegerBytes().Span
                .TrimStart((byte)0);
            return modulus.IsEmpty ? 0 : (modulus.Length * 8) - byte.LeadingZeroCount(modulus[0]);
        }
        catch (AsnContentException)
        {
            return 0;
        }
    }
}
