using System.Text.Json;
using System.Text.Json.Serialization;

namespace MarbleRun.Premain;

/// <summary>
/// What the service accepts from the manifest: <c>marblerun-premain.json</c> beside the launcher, which must be measured like the launcher.
/// </summary>
/// <remarks>No property is <c>init</c>: the generated reader would set those that the file does not have to null.</remarks>
internal sealed class LaunchSettings
{
    public const string FileName = "marblerun-premain.json";

    private const int LongestFile = 1024 * 1024;

    /// <summary>The folders for files of the manifest; see <see cref="MarbleOptions.FileRoots"/>.</summary>
    public IReadOnlyList<string> FileRoots { get; set; } = [];

    /// <summary>Variables of the manifest that control the service's runtime; see <see cref="MarbleOptions.AllowedVariables"/>.</summary>
    public IReadOnlyList<string> AllowedVariables { get; set; } = [];

    /// <summary>Variables of the launcher's own environment that the service gets, besides PATH, HOME, LANG, TZ and EDG_….</summary>
    public IReadOnlyList<string> KeepVariables { get; set; } = [];

    /// <summary>
    /// A program with its arguments that the launcher runs first if it is the first process of a machine: it loads kernel modules and sets
    /// up the network.
    /// </summary>
    public IReadOnlyList<string> Setup { get; set; } = [];

    /// <summary>
    /// Whether the manifest names the program (its <c>Argv</c>) on a machine without a library OS; the default is false: the command line
    /// does.
    /// </summary>
    public bool AllowProgram { get; set; }

    /// <summary>Where the collateral for the Coordinator's evidence comes from; see <see cref="MarbleOptions.Collateral"/>.</summary>
    public MarbleCollateral? Collateral { get; set; }

    /// <summary>Reads the file in a folder; without the file, the defaults.</summary>
    /// <exception cref="LaunchException">The file is invalid.</exception>
    public static LaunchSettings Read(string folder)
    {
        byte[]? json = ReadFile(folder, FileName);
        try
        {
            return json is null ? new LaunchSettings()
                : JsonSerializer.Deserialize(json, LaunchSettingsJson.Default.LaunchSettings)
                    ?? throw new LaunchException($"{FileName} is null. Write an object with the settings that have a value.");
        }
        catch (JsonException exception)
        {
            throw new LaunchException($"{FileName} is invalid: {exception.Message}");
        }
    }

    /// <summary>Reads which Coordinator is trusted, from <c>marble-trust.json</c> in a folder; null without that file.</summary>
    /// <exception cref="LaunchException">The file is invalid.</exception>
    public static CoordinatorTrust? ReadTrust(string folder)
    {
        const string Name = "marble-trust.json";
        try
        {
            return ReadFile(folder, Name) is { } json ? CoordinatorTrust.Parse(json) : null;
        }
        catch (FormatException exception)
        {
            throw new LaunchException($"{Name} is invalid: {exception.Message}");
        }
    }

    private static byte[]? ReadFile(string folder, string name)
    {
        string path = Path.Combine(folder, name);
        try
        {
            using FileStream file = File.OpenRead(path);
            if (file.Length > LongestFile)
            {
                throw new LaunchException($"'{path}' is longer than {LongestFile} bytes.");
            }

            var content = new byte[file.Length];
            file.ReadExactly(content);
            return content;
        }
        catch (FileNotFoundException)
        {
            return null;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new LaunchException($"'{path}' cannot be read: {exception.Message}");
        }
    }
}

[JsonSourceGenerationOptions(
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    RespectNullableAnnotations = true,
    ReadCommentHandling = JsonCommentHandling.Skip,
    AllowTrailingCommas = true)]
[JsonSerializable(typeof(LaunchSettings))]
internal sealed partial class LaunchSettingsJson : JsonSerializerContext;
