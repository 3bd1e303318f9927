using System.Runtime.InteropServices;

namespace MarbleRun.Interop;

/// <summary>The functions of <c>marblerun_native.h</c>, which documents them. Version 1 of the interface.</summary>
internal static unsafe partial class NativeMethods
{
    public const string Library = "marblerun_native";
    public const uint MajorVersion = 1;
    public const int Ok = 0;
    public const int ErrorSize = 256;
    public const uint OpenEnclaveReport = 4;

    [LibraryImport(Library, EntryPoint = "mr_abi_version")]
    public static partial uint GetVersion();

    [LibraryImport(Library, EntryPoint = "mr_open")]
    public static partial int Open(uint backend, uint flags, out nint context);

    [LibraryImport(Library, EntryPoint = "mr_close")]
    public static partial void Close(nint context);

    [LibraryImport(Library, EntryPoint = "mr_get_info")]
    public static partial int GetInfo(NativeContext context, ref NativeInfo info);

    [LibraryImport(Library, EntryPoint = "mr_get_evidence")]
    public static partial int GetEvidence(
        NativeContext context, byte* reportData, nuint reportDataSize, ref NativeBlob evidence, ref NativeBlob auxiliary);

    [LibraryImport(Library, EntryPoint = "mr_get_sealing_key")]
    public static partial int GetSealingKey(
        NativeContext context, uint policy, byte* keyId, nuint keyIdSize, ref NativeBlob key, ref NativeBlob newKeyId);

    [LibraryImport(Library, EntryPoint = "mr_extend")]
    public static partial int Extend(NativeContext context, uint index, byte* digest, nuint digestSize);

    [LibraryImport(Library, EntryPoint = "mr_blob_free")]
    public static partial void FreeBlob(ref NativeBlob blob);

    [LibraryImport(Library, EntryPoint = "mr_last_error")]
    public static partial int GetLastError(out int systemError, byte* text, nuint textSize);
}
