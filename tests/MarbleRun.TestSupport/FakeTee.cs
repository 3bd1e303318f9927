using System.Reflection;
using System.Runtime.InteropServices;
using MarbleRun.Tee;
using Xunit;

namespace MarbleRun.TestSupport;

/// <summary>
/// The native shim, compiled on a table in place of the system (tests/MarbleRun.Sdk.Native.Tests): the SDK calls it as it calls the one
/// that ships, and finds the world that a test chooses. Outside these tests it finds no environment. The world is one for the process:
/// tests that choose or need one are in the collection <see cref="Tests"/>.
/// </summary>
public static partial class FakeTee
{
    public const string NotBuilt = "The native shim was not built: CMake or a C compiler is missing. .ci/tools installs them.";

    /// <summary>The xUnit collection of the tests that use the world.</summary>
    public const string Tests = "native shim";

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

    /// <summary>How often a measurement register was extended since the world was entered.</summary>
    public static int Extensions => CountExtensions();

    /// <param name="world">What the shim finds.</param>
    /// <param name="lies">Whether its evidence is over other report data.</param>
    /// <param name="failing">The kind of call that fails: o, r, w, c, i, m, d, g or s.</param>
    /// <param name="error">The <c>errno</c> of the failure.</param>
    /// <param name="count">How often it fails.</param>
    public static void Enter(World world, bool lies = false, char failing = '\0', int error = 0, int count = int.MaxValue)
    {
        Assert.SkipUnless(IsBuilt, NotBuilt);
        Reset((int)world, lies ? 1 : 0, failing, error, error == 0 ? 0 : count);
    }

    /// <summary>Other keys than those of the world as it is entered.</summary>
    /// <param name="machine">The machine.</param>
    /// <param name="code">The measurement.</param>
    /// <param name="cpuSvn">The version of the microcode; 0 for the one that the world begins with.</param>
    public static void Change(byte machine = 0, byte code = 0, byte cpuSvn = 0) => SetPlatform(machine, code, cpuSvn);

    /// <summary>No environment, as outside of the tests of the shim.</summary>
    public static void Leave()
    {
        if (IsBuilt)
        {
            Reset((int)World.None, 0, 0, 0, 0);
        }
    }

    /// <summary>Before the first call of the shim, whichever test makes it; see InstallFakeTee.cs.</summary>
    public static void Install() => NativeLibrary.SetDllImportResolver(typeof(TeePlatform).Assembly, Resolve);

    private static nint Resolve(string name, Assembly assembly, DllImportSearchPath? path) =>
        name == "marblerun_native" && IsBuilt
            ? NativeLibrary.Load(Fake, typeof(FakeTee).Assembly, DllImportSearchPath.AssemblyDirectory)
            : 0;

    [LibraryImport(Fake, EntryPoint = "mr_fake_reset")]
    private static partial void Reset(int world, int lies, int failing, int error, int count);

    [LibraryImport(Fake, EntryPoint = "mr_fake_extensions")]
    private static partial int CountExtensions();

    [LibraryImport(Fake, EntryPoint = "mr_fake_platform")]
    private static partial void SetPlatform(int machine, int code, int cpuSvn);
}
