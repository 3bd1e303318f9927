using System.Globalization;
using System.Reflection;
using System.Runtime.InteropServices;
using System.Text;
using MarbleRun.Tee;

namespace MarbleRun.Cli.SelfTests;

/// <summary>Which environment was found.</summary>
internal sealed record TeeSelfTestEnvironment(string Provider, TeeBackend Backend, TeeCapabilities Capabilities);

/// <summary>
/// What a user can send to the project. It contains no evidence, no key, no hash or identifier of a key, and no name of the machine.
/// </summary>
/// <param name="Environment">The environment, or null if none was found.</param>
/// <param name="Steps">The steps in their order.</param>
internal sealed record TeeSelfTestReport(TeeSelfTestEnvironment? Environment, IReadOnlyList<SelfTestStep> Steps)
{
    public bool Passed => Steps.All(s => s.Outcome != SelfTestOutcome.Failed);

    private static string Version =>
        typeof(TeeSelfTestReport).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "unknown";

    private static string Kernel => $"kernel {System.Environment.OSVersion.Version}";

    public string ToText()
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"MarbleRun {Version}, {RuntimeInformation.FrameworkDescription}\n");
        text.Append(
            CultureInfo.InvariantCulture, $"{RuntimeInformation.OSDescription}, {Kernel}, {RuntimeInformation.ProcessArchitecture}\n");
        text.Append(
            Environment is null
                ? "no trusted execution environment\n"
                : $"{Environment.Provider} by {Environment.Backend}: {Environment.Capabilities}\n");
        text.Append('\n');
        foreach (SelfTestStep step in Steps)
        {
            string time = step.Duration == TimeSpan.Zero
                ? string.Empty
                : string.Create(CultureInfo.InvariantCulture, $" ({step.Duration.TotalMilliseconds:F0} ms)");
            text.Append(CultureInfo.InvariantCulture, $"  {Mark(step.Outcome)} {step.Name}: {step.Detail}{time}\n");
        }

        text.Append(Passed ? "\nEverything that this platform offers works." : "\nSomething failed.");
        return text.ToString();
    }

    public string ToJson() => JsonText.Write(writer =>
    {
        writer.WriteStartObject();
        writer.WriteString("version", Version);
        writer.WriteString("runtime", RuntimeInformation.FrameworkDescription);
        writer.WriteString("system", RuntimeInformation.OSDescription);
        writer.WriteString("kernel", Kernel);
        writer.WriteString("architecture", RuntimeInformation.ProcessArchitecture.ToString());
        writer.WriteBoolean("passed", Passed);
        if (Environment is not null)
        {
            writer.WriteString("provider", Environment.Provider);
            writer.WriteString("backend", Environment.Backend.ToString());
            writer.WriteStartArray("capabilities");
            foreach (TeeCapabilities capability in Enum.GetValues<TeeCapabilities>())
            {
                if (capability != TeeCapabilities.None && Environment.Capabilities.HasFlag(capability))
                {
                    writer.WriteStringValue(capability.ToString());
                }
            }

            writer.WriteEndArray();
        }

        writer.WriteStartArray("steps");
        foreach (SelfTestStep step in Steps)
        {
            writer.WriteStartObject();
            writer.WriteString("name", step.Name);
            writer.WriteString("outcome", Name(step.Outcome));
            writer.WriteString("detail", step.Detail);
            writer.WriteNumber("milliseconds", (long)step.Duration.TotalMilliseconds);
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
        writer.WriteEndObject();
    });

    private static string Mark(SelfTestOutcome outcome) => outcome switch
    {
        SelfTestOutcome.Passed => "ok  ",
        SelfTestOutcome.Failed => "FAIL",
        _ => "-   ",
    };

    private static string Name(SelfTestOutcome outcome) => outcome switch
    {
        SelfTestOutcome.Passed => "passed",
        SelfTestOutcome.Failed => "failed",
        SelfTestOutcome.NotOffered => "not offered",
        _ => "not done",
    };
}
