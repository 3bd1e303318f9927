using System.Runtime.InteropServices;

namespace MarbleRun.Premain;

/// <summary>The functions of <c>marblerun_launch.h</c>, which documents them; they are linked into the launcher.</summary>
internal static unsafe partial class NativeLaunch
{
    private const string Library = "marblerun_launch";
    private const uint ChangeUser = 1;

    [LibraryImport(Library, EntryPoint = "mr_library_os")]
    public static partial LibraryOs FindLibraryOs();

    [LibraryImport(Library, EntryPoint = "mr_power_off")]
    public static partial int PowerOff();

    /// <summary>From here on this thread, and the threads that it starts, use files with the rights of a user.</summary>
    /// <exception cref="LaunchException">This process may not do that.</exception>
    public static void UseFilesAs(uint user, uint group)
    {
        int error = SetFileUser(user, group);
        if (error != 0)
        {
            throw new LaunchException(
                $"Files cannot be used as {user}:{group}: {Marshal.GetPInvokeErrorMessage(error)}. Start the launcher as root, or without "
                + "--user.");
        }
    }

    /// <summary>Mounts what the first process of a machine needs.</summary>
    /// <exception cref="LaunchException">A file system cannot be mounted.</exception>
    public static void MountSystem()
    {
        byte* step = null;
        int error = MountSystem(&step);
        if (error != 0)
        {
            throw new LaunchException($"'{ToText(step)}' cannot be mounted: {Marshal.GetPInvokeErrorMessage(error)}.");
        }
    }

    /// <summary>Mounts configfs, through which Linux gives evidence, if the kernel has it.</summary>
    /// <exception cref="LaunchException">It cannot be mounted.</exception>
    public static void MountConfigfs()
    {
        int error = MountConfigfsOrFail();
        if (error != 0)
        {
            throw new LaunchException($"configfs cannot be mounted: {Marshal.GetPInvokeErrorMessage(error)}.");
        }
    }

    /// <summary>Runs a program to its end.</summary>
    /// <exception cref="LaunchException">It cannot be started, or ends with another exit code than 0.</exception>
    public static void Run(IReadOnlyList<string> command)
    {
        int exitCode = 0;
        int error = Run(Utf8(command[0]), Utf8(command), &exitCode);
        if (error != 0)
        {
            throw new LaunchException($"The setup program '{command[0]}' cannot be started: {Marshal.GetPInvokeErrorMessage(error)}.");
        }

        if (exitCode != 0)
        {
            throw new LaunchException($"The setup program '{command[0]}' ended with exit code {exitCode}.");
        }
    }

    /// <summary>Replaces this process by the service.</summary>
    /// <exception cref="LaunchException">The system refused; this process can do nothing more than say so.</exception>
    public static void Launch(ServiceCommand command, IReadOnlyList<string> environment, uint? user, uint? group, uint inherited)
    {
        byte* step = null;
        var launch = new Request
        {
            Program = Utf8(command.Program),
            Arguments = Utf8(command.Arguments),
            Environment = Utf8(environment),
            Flags = user is null ? 0 : ChangeUser,
            User = user ?? 0,
            Group = group ?? 0,
            Inherited = inherited,
        };
        int error = Launch(&launch, &step);
        throw new LaunchException(
            $"'{command.Program}' cannot be started ({ToText(step)}): {Marshal.GetPInvokeErrorMessage(error)}.");
    }

    [LibraryImport(Library, EntryPoint = "mr_use_files_as")]
    private static partial int SetFileUser(uint user, uint group);

    [LibraryImport(Library, EntryPoint = "mr_launch")]
    private static partial int Launch(Request* launch, byte** step);

    [LibraryImport(Library, EntryPoint = "mr_mount_system")]
    private static partial int MountSystem(byte** step);

    [LibraryImport(Library, EntryPoint = "mr_mount_configfs")]
    private static partial int MountConfigfsOrFail();

    [LibraryImport(Library, EntryPoint = "mr_run")]
    private static partial int Run(byte* program, byte** arguments, int* exitCode);

    private static string ToText(byte* text) => Marshal.PtrToStringUTF8((nint)text) ?? "?";

    // Never freed: the process is replaced.
    private static byte* Utf8(string text) => (byte*)Marshal.StringToCoTaskMemUTF8(text);

    private static byte** Utf8(IReadOnlyList<string> texts)
    {
        var pointers = (byte**)NativeMemory.AllocZeroed((nuint)texts.Count + 1, (nuint)sizeof(byte*));
        for (int i = 0; i < texts.Count; i++)
        {
            pointers[i] = Utf8(texts[i]);
        }

        return pointers;
    }

    [StructLayout(LayoutKind.Sequential)]
    private struct Request
    {
        public byte* Program;
        public byte** Arguments;
        public byte** Environment;
        public uint Flags;
        public uint User;
        public uint Group;
        public uint Inherited;
    }
}
