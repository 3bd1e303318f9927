namespace MarbleRun.Premain;

/// <summary>The program of the service and its arguments.</summary>
/// <param name="Program">The path.</param>
/// <param name="Arguments">The arguments; the first is the name of the program, as in C.</param>
internal sealed record ServiceCommand(string Program, IReadOnlyList<string> Arguments)
{
    /// <summary>Chooses the program.</summary>
    /// <param name="given">The program of the command line with its first arguments; may be empty.</param>
    /// <param name="manifest">The manifest's <c>Argv</c>, or the default of one element.</param>
    /// <param name="libraryOs">The library OS.</param>
    /// <param name="ownName">The name under which the launcher was started: its <c>argv[0]</c>.</param>
    /// <param name="ownPath">The path of the launcher.</param>
    /// <param name="allowsProgram">Whether the manifest may name the program where no library OS limits what exists.</param>
    /// <exception cref="LaunchException">No program is named.</exception>
    public static ServiceCommand Choose(
        IReadOnlyList<string> given,
        IReadOnlyList<string> manifest,
        LibraryOs libraryOs,
        string ownName,
        string? ownPath,
        bool allowsProgram = false)
    {
        if (given is [var program, ..])
        {
            return new ServiceCommand(program, [.. given, .. manifest.Skip(1)]);
        }

        return libraryOs switch
        {
            // As the reference's launcher: Gramine's manifest names the program as the launcher's argv[0].
            LibraryOs.Gramine when !IsLauncher(ownName, ownPath) => new ServiceCommand(ownName, manifest),
            LibraryOs.Gramine => throw new LaunchException(
                "Gramine starts the launcher under its own name, so that no program is known. Set loader.argv in Gramine's manifest to "
                + "[\"marblerun-premain\", \"--\", \"PROGRAM\", …], or its first element to the path of the program."),
            LibraryOs.Occlum => new ServiceCommand(manifest[0], [Path.GetFileName(manifest[0]), .. manifest.Skip(1)]),
            _ when allowsProgram => new ServiceCommand(manifest[0], manifest),
            _ => throw new LaunchException(
                "No program follows '--'. Name the program of the service there; or set AllowProgram in marblerun-premain.json, which lets "
                + "the manifest name any program of this machine."),
        };
    }

    /// <summary>Refuses a program that does not exist, before this process gives up what it needs to report it.</summary>
    /// <exception cref="LaunchException">There is no such file.</exception>
    public void RequireProgram()
    {
        if (!File.Exists(Program))
        {
            throw new LaunchException(
                $"invalid entrypoint definition in argv[0]: there is no file '{Program}'. Name the program of the service behind '--', or "
                + "as the first element of this Marble's Argv in the manifest, by its path: for example /bin/hello_world.");
        }
    }

    private static bool IsLauncher(string name, string? path) =>
        name.Length == 0 || Path.GetFileName(name) == Path.GetFileName(path ?? "marblerun-premain");
}
