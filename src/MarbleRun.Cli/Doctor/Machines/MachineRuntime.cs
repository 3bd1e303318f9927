using System.Runtime.InteropServices;

namespace MarbleRun.Cli.Doctor.Machines;

/// <summary>The system and the runtime of the process.</summary>
/// <param name="System">The name of the operating system.</param>
/// <param name="IsLinux">Whether it is Linux.</param>
/// <param name="Kernel">The version of its kernel.</param>
/// <param name="Architecture">The architecture of the process.</param>
/// <param name="Framework">The version of .NET.</param>
/// <param name="OpenSsl">The version of OpenSSL, the number of <c>OpenSSL_version_num</c>; null where .NET does not use it.</param>
internal sealed record MachineRuntime(
    string System, bool IsLinux, Version Kernel, Architecture Architecture, Version Framework, long? OpenSsl);
