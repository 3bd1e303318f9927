using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace MarbleRun.Interop;

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
