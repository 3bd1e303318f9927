using System.Text;
using Google.Protobuf;
using MarbleRun.Manifests;

namespace MarbleRun.Activation.Targets;

/// <summary>Determines which of the manifest's parameters this app accepts.</summary>
/// <param name="files">The rules for files.</param>
/// <param name="allowedVariables">Names that are accepted although they control the process.</param>
/// <param name="exportsIdentity">Whether the variables of the identity are set.</param>
internal sealed class ParameterRules(FileRules files, IEnumerable<string> allowedVariables, bool exportsIdentity)
{
    private const string ValueRemedy = "give it to the Marble as a file, or encode it in the manifest's template";

    private static readonly UTF8Encoding s_strictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private readonly HashSet<string> _allowed = new(allowedVariables, StringComparer.OrdinalIgnoreCase);

    public FileRules Files { get; } = files;

    /// <summary>Returns the rules of a Marble in this process.</summary>
    public static ParameterRules Of(MarbleOptions options) => new(FileRules.Of(options), options.AllowedVariables, options.ExportIdentity);

    /// <summary>Whether a variable is set in the environment; the identity's variables are set only on request.</summary>
    public bool Sets(string name) => exportsIdentity || !ReservedVariables.Has(name);

    /// <summary>Returns the error in a variable, or null if it is valid.</summary>
    public string? FindFault(string name, ByteString value)
    {
        string quoted = PeerText.Quote(name);
        return name.Length == 0 || name.Any(c => c == '=' || char.IsControl(c)) ? $"{quoted} is not the name of an environment variable"
            : SteeringVariables.Has(name) && !_allowed.Contains(name)
                ? $"the environment variable {quoted} controls which code runs here or whom it trusts, and is accepted only if the app's "
                    + $"code lists it, {nameof(MarbleOptions)}.{nameof(MarbleOptions.AllowedVariables)} (AddMarble(o => "
                    + $"o.AllowedVariables.Add(\"{PeerText.Clean(name)}\")))"
            : SteeringVariables.IsPathForName(name, value.Span) && !_allowed.Contains(name)
                ? $"the value of the environment variable {quoted} is a path instead of the name of an environment, "
            + "and a host would read its settings from there; use a name"
            : value.Span.Contains((byte)0) ? $"the value of the environment variable {quoted} contains a NUL; {ValueRemedy}"
            : !IsUtf8(value.Span) ? $"the value of the environment variable {quoted} is not UTF-8; {ValueRemedy}"
            : null;
    }

    private static bool IsUtf8(ReadOnlySpan<byte> value)
    {
        try
        {
            _ = s_strictUtf8.GetCharCount(value);
            return true;
        }
        catch (DecoderFallbackException)
        {
            return false;
        }
    }
}
