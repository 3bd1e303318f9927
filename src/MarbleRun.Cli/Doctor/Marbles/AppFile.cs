namespace MarbleRun.Cli.Doctor.Marbles;

/// <summary>The entry assembly of an app that was built or published.</summary>
internal static class AppFile
{
    private const string Suffix = ".runtimeconfig.json";

    /// <param name="path">The assembly, or the folder of an app, which has one file <c>NAME.runtimeconfig.json</c>.</param>
    /// <exception cref="InputException">There is no such file, or the folder has no app or several.</exception>
    public static string Find(string path)
    {
        string full = CommandEnvironment.Current.Resolve(path);
        if (!Directory.Exists(full))
        {
            return File.Exists(full) ? full : throw new InputException($"The app {path} does not exist.");
        }

        string[] apps =
        [
            .. Directory.GetFiles(full, $"*{Suffix}").Select(file => $"{file[..^Suffix.Length]}.dll").Where(File.Exists).Order(
                StringComparer.Ordinal),
        ];
        return apps switch
        {
            [var app] => app,
            [] => throw new InputException($"The folder {path} has no app: no NAME{Suffix} beside NAME.dll. Specify the assembly."),
            _ => throw new InputException(
                $"The folder {path} has several apps: {string.Join(", ", apps.Select(Path.GetFileName))}. Specify the assembly."),
        };
    }
}
