using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace MarbleRun.Interop;

/// <summary>The functions of <c>marblerun_native.h</c>, which documents them. Version 1 of the interface.</summary>
internal static unsafe partial class NativeMethods
{
    public const string Library = "marblerun_native";
    public const uint MajorVersion = 1;
    public const int Ok = 0;
    public const int ReportDataSize = 64;
    public const int ErrorSize = 256;

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

/// <summary><c>mr_info</c>.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct NativeInfo
{
    public uint StructSize;
    public uint Backend;
    public uint Capabilities;
    public uint Format;
    public NativeText Provider;

    /// <summary>ASCII that ends in a zero byte.</summary>
    [InlineArray(32)]
    public struct NativeText
    {
        private byte _first;
    }
}

/// <summary><c>mr_blob</c>: memory of the library, which <see cref="NativeMethods.FreeBlob"/> overwrites and frees.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct NativeBlob
{
    public uint StructSize;
    public uint Reserved;
    public byte* Data;
    public nuint Size;

    public static NativeBlob Create() => new() { StructSize = (uint)sizeof(NativeBlob) };

    public readonly ReadOnlySpan<byte> Bytes => new(Data, checked((int)Size));
}
