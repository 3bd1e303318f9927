using System.Runtime.InteropServices;

namespace MarbleRun.Interop;

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
