using System.Runtime.InteropServices;

namespace MarbleRun.Cli.Users;

/// <summary>Functions of OpenSSL 3, of the library that .NET itself uses.</summary>
internal static unsafe partial class LibCrypto
{
    private const string Library = "libcrypto.so.3";

    [LibraryImport(Library, EntryPoint = "d2i_RSA_PUBKEY")]
    public static partial nint RsaOfPublicKey(nint target, byte** position, long length);

    [LibraryImport(Library, EntryPoint = "RSA_get_default_method")]
    public static partial nint RsaDefaultMethod();

    [LibraryImport(Library, EntryPoint = "RSA_meth_dup")]
    public static partial nint RsaCopyMethod(nint method);

    [LibraryImport(Library, EntryPoint = "RSA_meth_set_flags")]
    public static partial int RsaSetFlags(nint method, int flags);

    [LibraryImport(Library, EntryPoint = "RSA_meth_set_priv_enc")]
    public static partial int RsaSetPrivateEncrypt(nint method, delegate* unmanaged[Cdecl]<int, byte*, byte*, nint, int, int> encrypt);

    [LibraryImport(Library, EntryPoint = "RSA_set_method")]
    public static partial int RsaSetMethod(nint rsa, nint method);

    [LibraryImport(Library, EntryPoint = "d2i_EC_PUBKEY")]
    public static partial nint EcOfPublicKey(nint target, byte** position, long length);

    [LibraryImport(Library, EntryPoint = "EC_KEY_OpenSSL")]
    public static partial nint EcDefaultMethod();

    [LibraryImport(Library, EntryPoint = "EC_KEY_METHOD_new")]
    public static partial nint EcNewMethod(nint method);

    [LibraryImport(Library, EntryPoint = "EC_KEY_METHOD_set_sign")]
    public static partial void EcSetSign(
        nint method,
        delegate* unmanaged[Cdecl]<int, byte*, int, byte*, uint*, nint, nint, nint, int> sign,
        nint signSetup,
        nint signParts);

    [LibraryImport(Library, EntryPoint = "EC_KEY_set_method")]
    public static partial int EcSetMethod(nint key, nint method);

    [LibraryImport(Library, EntryPoint = "EVP_PKEY_new")]
    public static partial nint NewKey();

    [LibraryImport(Library, EntryPoint = "EVP_PKEY_assign")]
    public static partial int Assign(nint key, int kind, nint structure);

    [LibraryImport(Library, EntryPoint = "EVP_PKEY_up_ref")]
    public static partial int AddReference(nint key);
}
