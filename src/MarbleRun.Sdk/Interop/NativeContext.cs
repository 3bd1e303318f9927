using System.Runtime.InteropServices;

namespace MarbleRun.Interop;

/// <summary>An open <c>mr_context</c>. Threads may share it.</summary>
internal sealed class NativeContext : SafeHandle
{
    public NativeContext(nint context)
        : base(invalidHandleValue: 0, ownsHandle: true) => SetHandle(context);

    public override bool IsInvalid => handle == 0;

    protected override bool ReleaseHandle()
    {
        NativeMethods.Close(handle);
        return true;
    }
}
