using System.Diagnostics;
using System.Text.Json;

namespace MarbleRun.Cli.Manifests;

/// <summary>A .NET project that was built.</summary>
/// <param name="Name">The name of its Marble type: the property <c>MarbleType</c>, or the assembly's name in lower case.</param>
/// <param name="Assembly">The entry assembly.</param>
internal sealed record BuiltProject(string Name, string Assembly)
{
    /// <summary>Asks MSBuild for the project's output.</summary>
    /// <exception cref="InputException">There is no such project, or it was not built.</exception>
    public static async Task<BuiltProject> FindAsync(string project, string configuration, CancellationToken cancellationToken)
    {
        string path = Path.GetFullPath(CommandEnvironment.Current.Resolve(project));
        if (!Path.Exists(path))
        {
            throw new InputException($"The project {project} does not exist.");
        }

        string json = await RunAsync(project, path, configuration, cancellationToken);
        using var answer = JsonDocument.Parse(json);
        JsonElement properties = answer.RootElement.GetProperty("Properties");
        string assembly = properties.GetProperty("TargetPath").GetString()!;
        if (!File.Exists(assembly))
        {
            throw new InputException(
                $"The project {project} was not built: {assembly} does not exist. Run dotnet build -c {configuration} {project}, or "
                + "specify another --configuration.");
        }

        string type = properties.GetProperty("MarbleType").GetString()!;
        return new BuiltProject(type.Length > 0 ? type : Path.GetFileNameWithoutExtension(assembly).ToLowerInvariant(), assembly);
    }

    private static async Task<string> RunAsync(string project, string path, string configuration, CancellationToken cancellationToken)
    {
        var start = new ProcessStartInfo("dotnet") { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (string argument in (string[])[
            "msbuild", path, "-nologo", $"-property:Configuration={configuration}", "-getProperty:TargetPath", "-getProperty:MarbleType",
        ])
        {
            start.ArgumentList.Add(argument);
        }

        using Process msbuild = Start(start);
        Task<string> error = msbuild.StandardError.ReadToEndAsync(cancellationToken);
        string output = await msbuild.StandardOutput.ReadToEndAsync(cancellationToken);
        await msbuild.WaitForExitAsync(cancellationToken);
        return msbuild.ExitCode == 0
            ? output
            : throw new InputException($"The project {project} can't be read: {(output + await error).Trim()}");
    }

    private static Process Start(ProcessStartInfo start)
    {
        try
        {
            return Process.Start(start)!;
        }
        catch (System.ComponentModel.Win32Exception e)
        {
            throw new InputException($"dotnet can't be started: {e.Message}. Install the .NET SDK, and put it on the PATH.", e);
        }
    }
}
