using System.Reflection;
using System.Runtime.CompilerServices;

namespace MarbleRun.TestSupport.Shared;

/// <summary>Compiled into each test project that imports FakeTee.targets.</summary>
internal static class InstallFakeTee
{
#pragma warning disable CA2255 // The fake shim must be there before the first call, whichever test makes it.
    [ModuleInitializer]
#pragma warning restore CA2255
    public static void Install()
    {
        // Not where the assembly is loaded as a startup hook of another program.
        if (Assembly.GetEntryAssembly() == typeof(InstallFakeTee).Assembly)
        {
            InstallHere();
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void InstallHere() => FakeTee.Install();
}
