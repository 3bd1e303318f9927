using System.Text;
using System.Text.Json;

namespace MarbleRun.Cli.Doctor.Marbles;

/// <summary>The trust in the Coordinator: what an app embeds, or else the file from which a build would embed it.</summary>
internal sealed class TrustFileCheck() : MarbleCheck(
    "marble.trust",
    "marble-trust.json, embedded in the app of --app, or in the working directory",
    "docs/getting-started.md#trust-in-the-coordinator")
{
    private const string Name = "marble-trust.json";
    private const string Expected = "Roots, or Packages and OwnerKeys";

    private static readonly JsonDocumentOptions s_options = new()
    {
        AllowTrailingCommas = true,
        CommentHandling = JsonCommentHandling.Skip,
    };

    protected override bool IsNamed(DoctorOptions options) => options.App is not null;

    protected override Task<Finding?> LookAsync(Examination examination, CancellationToken cancellationToken)
    {
        if (examination.Options.App is { } app)
        {
            return Task.FromResult<Finding?>(LookInto(examination, app));
        }

        string? text = examination.Machine.Files.ReadText(Name);
        return Task.FromResult(
            text is null ? null : Look(Encoding.UTF8.GetBytes(text), Name, ". The trust in force is the one that the build embedded"));
    }

    private Finding LookInto(Examination examination, string app)
    {
        string file = Path.GetFileName(app);
        using Stream? assembly = examination.Machine.Files.Open(app);
        if (assembly is null)
        {
            return Fail($"{file} can't be read", "the assembly of an app", "Give this user the right to read it.");
        }

        try
        {
            return EmbeddedFile.Read(assembly, Name) is { } trust
                ? Look(trust, $"{Name} in {file}", string.Empty)
                : Warn(
                    $"{file} embeds no {Name}",
                    Expected,
                    $"Put {Name} beside the project, and build again. Without it, the app does not start, unless its code sets "
                    + "CoordinatorTrust.");
        }
        catch (BadImageFormatException e)
        {
            return Fail(
                $"{file} is not a .NET assembly: {e.Message}",
                "the assembly of an app",
                "Specify the .dll of the app. In a single file or a native binary, the trust can't be looked at.");
        }
    }

    private Finding Look(byte[] json, string source, string note)
    {
        try
        {
            CoordinatorTrust.Parse(json);
            using var document = JsonDocument.Parse(json, s_options);
            string members = string.Join(", ", document.RootElement.EnumerateObject().Select(m => m.Name).Where(m => m != "$schema"));
            return document.RootElement.TryGetProperty("None", out _)
                ? Warn($"{source} accepts any Coordinator", Expected, "Pin the root of the deployment, and build again.")
                : Good($"{source}: {members}{note}");
        }
        catch (FormatException e)
        {
            return Fail(e.Message, "a trust file", $"Correct {Name}, and build again: the build embeds it.");
        }
    }
}
