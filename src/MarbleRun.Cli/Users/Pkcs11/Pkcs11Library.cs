using System.Runtime.InteropServices;
using System.Text;

namespace MarbleRun.Cli.Users.Pkcs11;

/// <summary>
/// A library of PKCS#11, version 2.20 or later (OASIS, PKCS #11 Cryptographic Token Interface Base Specification). It is called by function
/// pointers, which native code can do, too. It stays loaded until the process ends.
/// </summary>
internal sealed unsafe class Pkcs11Library
{
    private const int AlreadyInitialized = (int)ReturnCode.CKR_CRYPTOKI_ALREADY_INITIALIZED;

    /// <summary>CKF_OS_LOCKING_OK: the library may be called by several threads.</summary>
    private const int OsLocking = 2;

    /// <summary>CKF_SERIAL_SESSION, which every session must have.</summary>
    private const int SerialSession = 4;

    /// <summary>Room for a CK_TOKEN_INFO, which has up to 208 bytes.</summary>
    private const int TokenInfoSize = 256;

    private readonly nint* _functions;

    private Pkcs11Library(nint* functions)
    {
        _functions = functions;
    }

    /// <summary>Places in CK_FUNCTION_LIST.</summary>
    public enum Function
    {
        Initialize = 0,
        GetSlotList = 4,
        GetTokenInfo = 6,
        GetMechanismList = 7,
        OpenSession = 12,
        CloseSession = 13,
        Login = 18,
        GetAttributeValue = 24,
        FindObjectsInit = 26,
        FindObjects = 27,
        FindObjectsFinal = 28,
        DecryptInit = 33,
        Decrypt = 34,
        SignInit = 42,
        Sign = 43,
    }

    /// <exception cref="DllNotFoundException">The file is missing, or no library.</exception>
    /// <exception cref="BadImageFormatException">The library is of another architecture.</exception>
    /// <exception cref="EntryPointNotFoundException">The library does not have the functions of PKCS#11.</exception>
    /// <exception cref="Pkcs11Exception">The library does not start.</exception>
    public static Pkcs11Library Load(string path)
    {
        nint library = NativeLibrary.Load(path);
        var getFunctions = (delegate* unmanaged[Cdecl]<nint*, CULong>)NativeLibrary.GetExport(library, "C_GetFunctionList");
        nint list = 0;
        Pkcs11Exception.ThrowIfFailed(getFunctions(&list));

        // The pointers follow a version of two bytes; only Windows packs them.
        var loaded = new Pkcs11Library((nint*)(list + (OperatingSystem.IsWindows() ? 2 : sizeof(nint))));
        var arguments = new InitializeArguments { Flags = new CULong(OsLocking) };
        CULong result = ((delegate* unmanaged[Cdecl]<InitializeArguments*, CULong>)loaded.Find(Function.Initialize))(&arguments);
        if (result.Value != AlreadyInitialized)
        {
            Pkcs11Exception.ThrowIfFailed(result);
        }

        return loaded;
    }

    /// <summary>The address of a function.</summary>
    public nint Find(Function function) => _functions[(int)function];

    /// <summary>The slots that have a token.</summary>
    public IReadOnlyList<ulong> GetSlots()
    {
        var call = (delegate* unmanaged[Cdecl]<byte, CULong*, CULong*, CULong>)Find(Function.GetSlotList);
        CULong count = default;
        Pkcs11Exception.ThrowIfFailed(call(1, null, &count));
        var slots = new CULong[(int)count.Value];
        fixed (CULong* start = slots)
        {
            Pkcs11Exception.ThrowIfFailed(call(1, start, &count));
        }

        return [.. slots.Take((int)count.Value).Select(s => (ulong)s.Value)];
    }

    /// <summary>The label and the serial number of the token in a slot.</summary>
    public (string Label, string Serial) GetToken(ulong slot)
    {
        byte* info = stackalloc byte[TokenInfoSize];
        Pkcs11Exception.ThrowIfFailed(
            ((delegate* unmanaged[Cdecl]<CULong, byte*, CULong>)Find(Function.GetTokenInfo))(new CULong((nuint)slot), info));

        // Label, manufacturer, model and serial number: 32, 32, 16 and 16 bytes, padded with spaces.
        return (Text(info, 32), Text(info + 80, 16));
    }

    public bool Supports(ulong slot, Mechanism mechanism)
    {
        var call = (delegate* unmanaged[Cdecl]<CULong, CULong*, CULong*, CULong>)Find(Function.GetMechanismList);
        CULong count = default;
        Pkcs11Exception.ThrowIfFailed(call(new CULong((nuint)slot), null, &count));
        var mechanisms = new CULong[(int)count.Value];
        fixed (CULong* start = mechanisms)
        {
            Pkcs11Exception.ThrowIfFailed(call(new CULong((nuint)slot), start, &count));
        }

        return mechanisms.Take((int)count.Value).Contains(new CULong((uint)mechanism));
    }

    /// <summary>Opens a session that reads.</summary>
    public Pkcs11Session Open(ulong slot)
    {
        CULong session = default;
        Pkcs11Exception.ThrowIfFailed(
            ((delegate* unmanaged[Cdecl]<CULong, CULong, nint, nint, CULong*, CULong>)Find(Function.OpenSession))(
                new CULong((nuint)slot), new CULong(SerialSession), 0, 0, &session));
        return new Pkcs11Session(this, session);
    }

    private static string Text(byte* start, int length) => Encoding.UTF8.GetString(start, length).TrimEnd(' ', '\0');

    /// <summary>CK_C_INITIALIZE_ARGS.</summary>
    [StructLayout(LayoutKind.Sequential, Pack = 1)]
    private struct InitializeArguments
    {
        public nint CreateMutex;
        public nint DestroyMutex;
        public nint LockMutex;
        public nint UnlockMutex;
        public CULong Flags;
        public nint Reserved;
    }
}
