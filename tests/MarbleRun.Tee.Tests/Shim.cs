namespace MarbleRun.Tee.Tests;

/// <summary>The files that ship.</summary>
internal static class Shim
{
    public static string Library => Path.Combine(AppContext.BaseDirectory, "libmarblerun_native.so");

    public static string StaticLibrary => Path.Combine(AppContext.BaseDirectory, "libmarblerun_native.a");
}
