namespace MarbleRun.Attestation.Simulation;

/// <summary>Keeps the material of a simulation platform in a folder that only its owner can read.</summary>
/// <remarks>
/// The material is written to a temporary folder, which is then renamed, so it exists completely or not at all. If several processes create
/// it at once, exactly one succeeds, and the others use its result.
/// </remarks>
internal static class SimulationStore
{
    private const string DirectoryVariable = "MARBLERUN_SIMULATION_DIR";
    private const string PlatformFolder = "platform";
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private const UnixFileMode OwnerOnlyFolder = OwnerOnly | UnixFileMode.UserExecute;

    /// <summary>The folder to use: the given one, the one of the environment, or the user's.</summary>
    public static string Locate(string? directory)
    {
        string? folder = string.IsNullOrEmpty(directory) ? Environment.GetEnvironmentVariable(DirectoryVariable) : directory;
        if (!string.IsNullOrEmpty(folder))
        {
            return Path.GetFullPath(folder);
        }

        string data = Environment.GetFolderPath(
            Environment.SpecialFolder.LocalApplicationData, Environment.SpecialFolderOption.DoNotVerify);
        return data.Length > 0
            ? Path.Combine(data, "marblerun", "simulation")
            : throw new AttestationException(
                AttestationFailure.PlatformUnavailable,
                $"This user has no folder for application data to keep the simulation in. Set {DirectoryVariable} to a folder that the "
                + $"user can write.");
    }

    public static bool Exists(string directory) => Directory.Exists(Path.Combine(directory, PlatformFolder));

    /// <summary>Reads the material, and creates it if it does not exist.</summary>
    public static SimulationMaterial Open(string directory, TimeProvider timeProvider)
    {
        string folder = Path.Combine(directory, PlatformFolder);
        try
        {
            if (!Directory.Exists(folder))
            {
                Create(directory, folder, timeProvider);
            }

            CheckMode(folder, OwnerOnlyFolder);
            return SimulationMaterial.Load(file => Read(Path.Combine(folder, file)));
        }
        catch (FormatException e)
        {
            throw new AttestationException(
                AttestationFailure.PlatformUnavailable,
                $"The simulation platform in {folder} is damaged: {e.Message}. "
                    + "Delete this folder to have a new one made; quotes of the old one will then be refused.",
                e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new AttestationException(
                AttestationFailure.PlatformUnavailable,
                $"The simulation platform in {folder} can't be opened: {e.Message} "
                    + $"Give this user access, or set {DirectoryVariable} to a folder that the user can write.",
                e);
        }
    }

    private static void Create(string directory, string folder, TimeProvider timeProvider)
    {
        string temporary = Path.Combine(directory, $".{PlatformFolder}-{Guid.NewGuid():n}");
        CreateFolder(directory);
        CreateFolder(temporary);
        foreach ((string file, string content) in SimulationMaterial.Create(timeProvider.GetUtcNow()))
        {
            Write(Path.Combine(temporary, file), content);
        }

        try
        {
            Directory.Move(temporary, folder);
        }
        catch (IOException) when (Directory.Exists(folder))
        {
            // Another process was faster.
            Directory.Delete(temporary, recursive: true);
        }
    }

    private static void CreateFolder(string path)
    {
        if (OperatingSystem.IsWindows())
        {
            // On Windows, only the user can access the profile.
            Directory.CreateDirectory(path);
        }
        else
        {
            Directory.CreateDirectory(path, OwnerOnlyFolder);
        }
    }

    private static void Write(string path, string content)
    {
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = OwnerOnly;
        }

        using var file = new FileStream(path, options);
        using var writer = new StreamWriter(file);
        writer.Write(content);
        writer.Flush();
        file.Flush(flushToDisk: true);
    }

    private static string Read(string path)
    {
        if (SimulationMaterial.IsPrivate(path))
        {
            CheckMode(path, OwnerOnly);
        }

        return File.ReadAllText(path);
    }

    private static void CheckMode(string path, UnixFileMode most)
    {
        if (!OperatingSystem.IsWindows() && (File.GetUnixFileMode(path) & ~most) != 0)
        {
            throw new AttestationException(
                AttestationFailure.PlatformUnavailable,
                $"Users other than its owner can access {path}. Run: chmod {(most == OwnerOnly ? "600" : "700")} \"{path}\"");
        }
    }
}
