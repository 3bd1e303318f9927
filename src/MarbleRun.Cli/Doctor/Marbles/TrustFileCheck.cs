using System.Text;
using System.Text.Json;

namespace MarbleRun.Cli.Doctor.Marbles;

/// <summary>The file from which a build embeds the trust in the Coordinator.</summary>
internal sealed class TrustFileCheck() : MarbleCheck(
    "marble.trust", "marble-trust.json of the working directory", "docs/getting-started.md#trust-in-the-coordinator")
{
    private const string Name = "marble-trust.json";

    private static readonly JsonDocumentOptions s_options = new()
    {
        AllowTrailingCommas = true,
        CommentHandling = JsonCommentHandling.Skip,
    };

    protected override Task<Finding?> LookAsync(Examination examination, CancellationToken cancellationToken)
    {
        string? text = examination.Machine.Files.ReadText(Name);
        return Task.FromResult(text is null ? null : Look(text));
    }

    private Finding Look(string text)
    {
        try
        {
            CoordinatorTrust.Parse(Encoding.UTF8.GetBytes(text));
            using var document = JsonDocument.Parse(text, s_options);
            string members = string.Join(", ", document.RootElement.EnumerateObject().Select(m => m.Name).Where(m => m != "$schema"));
            return document.RootElement.TryGetProperty("None", out _)
                ? Warn(
                    $"{Name} accepts any Coordinator",
                    "Roots, or Packages and OwnerKeys",
                    "Pin the root of the deployment, and build again.")
                : Good($"{Name}: {members}. The trust in force is the one that the build embedded");
        }
        catch (FormatException e)
        {
            return Fail(e.Message, "a trust file", $"Correct {Name}, and build again: the build embeds it.");
        }
    }
}
