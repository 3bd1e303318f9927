using MarbleRun.Tee;

namespace MarbleRun.Cli.Doctor.Platforms;

/// <summary>Whether the native library is there.</summary>
internal sealed class LibraryCheck() : SimpleCheck(
    "platform.library", "native library marblerun_native", "docs/tee/README.md#rights")
{
    protected override Finding? Look(Examination examination) =>
        examination.Tee.Failure != TeeStatus.LibraryMissing ? Good("libmarblerun_native is loaded")
        : examination.Machine.Runtime.IsLinux || examination.IsProduction ? Fail(
            examination.Tee.Message,
            "libmarblerun_native.so beside the program",
            "Install CMake and a C compiler, and build again; or use the package, which contains the library.")
        : null;
}
