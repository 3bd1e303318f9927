using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using System.Security.Cryptography;
using MarbleRun.Cli.Users.Pkcs11;

namespace MarbleRun.Cli.Users;

/// <summary>
/// Keys of OpenSSL 3 whose private operation calls a token. It is OpenSSL's interface for engines (RSA_METHOD, EC_KEY_METHOD), without an
/// engine.
/// </summary>
[SupportedOSPlatform("linux")]
internal static unsafe class OpenSslTokenKey
{
    private const int RsaKind = 6;
    private const int EcKind = 408;
    private const int NoPrivatePart = 0x0020;
    private const int Pkcs1Padding = 1;
    private const int NoPadding = 3;

    private static readonly Lazy<nint> s_rsaMethod = new(CreateRsaMethod);
    private static readonly Lazy<nint> s_ecMethod = new(CreateEcMethod);

    /// <summary>The keys by the address of OpenSSL's structure. They last as long as the process.</summary>
    private static readonly ConcurrentDictionary<nint, TokenKey> s_keys = new();

    public static SafeEvpPKeyHandle OfRsa(byte[] publicKey, TokenKey key)
    {
        fixed (byte* start = publicKey)
        {
            byte* position = start;
            nint rsa = Require(LibCrypto.RsaOfPublicKey(0, &position, publicKey.Length));
            Require(LibCrypto.RsaSetMethod(rsa, s_rsaMethod.Value));
            return Wrap(RsaKind, rsa, key);
        }
    }

    public static SafeEvpPKeyHandle OfEcdsa(byte[] publicKey, TokenKey key)
    {
        fixed (byte* start = publicKey)
        {
            byte* position = start;
            nint curve = Require(LibCrypto.EcOfPublicKey(0, &position, publicKey.Length));
            Require(LibCrypto.EcSetMethod(curve, s_ecMethod.Value));
            return Wrap(EcKind, curve, key);
        }
    }

    /// <summary>The address stays reserved: one more reference keeps OpenSSL from another key at the same address.</summary>
    private static SafeEvpPKeyHandle Wrap(int kind, nint structure, TokenKey key)
    {
        nint handle = Require(LibCrypto.NewKey());
        Require(LibCrypto.Assign(handle, kind, structure));
        Require(LibCrypto.AddReference(handle));
        s_keys[structure] = key;
        return new SafeEvpPKeyHandle(handle, ownsHandle: true);
    }

    private static nint CreateRsaMethod()
    {
        nint method = Require(LibCrypto.RsaCopyMethod(LibCrypto.RsaDefaultMethod()));
        Require(LibCrypto.RsaSetFlags(method, NoPrivatePart));
        Require(LibCrypto.RsaSetPrivateEncrypt(method, &SignRsa));
        return method;
    }

    private static nint CreateEcMethod()
    {
        nint method = Require(LibCrypto.EcNewMethod(LibCrypto.EcDefaultMethod()));
        LibCrypto.EcSetSign(method, &SignEcdsa, 0, 0);
        return method;
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int SignRsa(int length, byte* from, byte* to, nint rsa, int padding)
    {
        Mechanism? mechanism = padding switch { Pkcs1Padding => Mechanism.RsaPkcs, NoPadding => Mechanism.RsaX509, _ => null };
        return mechanism is { } known
            && s_keys.TryGetValue(rsa, out TokenKey? key)
            && key.TrySign(known, new(from, length)) is { } signature
            ? Copy(signature, to)
            : -1;
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int SignEcdsa(int type, byte* hash, int length, byte* signature, uint* size, nint kinv, nint r, nint curve)
    {
        if (!s_keys.TryGetValue(curve, out TokenKey? key) || key.TrySign(Mechanism.Ecdsa, new(hash, length)) is not { } made)
        {
            return 0;
        }

        *size = (uint)Copy(TokenKey.ToDer(made), signature);
        return 1;
    }

    /// <summary>OpenSSL gives room for the longest signature of the key.</summary>
    private static int Copy(byte[] signature, byte* target)
    {
        signature.CopyTo(new Span<byte>(target, signature.Length));
        return signature.Length;
    }

    private static nint Require(nint value) => value != 0 ? value : throw new CryptographicException("OpenSSL does not take the key");
}
