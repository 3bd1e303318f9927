using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using MarbleRun.Interop;

namespace MarbleRun.Tests.Tee;

/// <summary>
/// The native shim, compiled on a table in place of the system (tests/MarbleRun.Sdk.Native.Tests): the SDK calls it as it calls the one
/// that ships, and finds the world that a test chooses. Outside these tests it finds no environment.
/// </summary>
internal static partial class FakeTee
{
    public const string NotBuilt = "The native shim was not built: CMake or a C compiler is missing. .ci/tools installs them.";

    private const string Fake = "marblerun_native_fake";

    public enum World
    {
        None = 0,
        Tdx,
        Snp,
        SevGuest,
        Cca,
        Gramine,
        GramineDirect,
        Occlum,
        Mystikos,
    }

    public static bool IsBuilt => File.Exists(Path.Combine(AppContext.BaseDirectory, $"lib{Fake}.so"));

    public static void Enter(World world, bool lies = false, char failing = '\0', int error = 0)
    {
        Assert.SkipUnless(IsBuilt, NotBuilt);
        Reset((int)world, lies ? 1 : 0, failing, error, error == 0 ? 0 : int.MaxValue);
    }

#pragma warning disable CA2255 // The resolver must be there before the first call, whichever test makes it.
    [ModuleInitializer]
#pragma warning restore CA2255
    public static void Install() => NativeLibrary.SetDllImportResolver(typeof(NativeMethods).Assembly, Resolve);

    private static nint Resolve(string name, Assembly assembly, DllImportSearchPath? path) =>
        name == NativeMethods.Library && IsBuilt
            ? NativeLibrary.Load(Fake, typeof(FakeTee).Assembly, DllImportSearchPath.AssemblyDirectory)
            : 0;

    [LibraryImport(Fake, EntryPoint = "mr_fake_reset")]
    private static partial void Reset(int world, int lies, int failing, int error, int count);
}
