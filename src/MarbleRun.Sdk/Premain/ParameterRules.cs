using System.Text;
using Google.Protobuf;
using MarbleRun.Manifests;

namespace MarbleRun.Activation;

/// <summary>What of the manifest's parameters this app takes.</summary>
/// <param name="files">Which files.</param>
/// <param name="allowedVariables">Names that are taken although they steer the process.</param>
/// <param name="exportsIdentity">Whether the variables of the identity are set.</param>
internal sealed class ParameterRules(FileRules files, IEnumerable<string> allowedVariables, bool exportsIdentity)
{
    private const string ValueRemedy = "give it to the Marble as a file, or encode it in the manifest's template";

    private static readonly UTF8Encoding s_strictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private readonly HashSet<string> _allowed = new(allowedVariables, StringComparer.OrdinalIgnoreCase);

    public FileRules Files { get; } = files;

    /// <summary>Those of a Marble in this process.</summary>
    public static ParameterRules Of(MarbleOptions options) => new(FileRules.Of(options), options.AllowedVariables, options.ExportIdentity);

    /// <summary>Whether a variable is set: the identity has its own place.</summary>
    public bool Sets(string name) => exportsIdentity || !ReservedVariables.Has(name);

    /// <summary>Says what is wrong with a variable; null if nothing is.</summary>
    public string? FindFault(string name, ByteString value)
    {
        string quoted = PeerText.Quote(name);
        return name.Length == 0 || name.Any(c => c == '=' || char.IsControl(c)) ? $"{quoted} is no name of an environment variable"
            : SteeringVariables.Has(name) && !_allowed.Contains(name)
                ? $"the environment variable {quoted} steers what code runs here or whom it trusts, and is taken only if the app's code lists it, "
                    + $"{nameof(MarbleOptions)}.{nameof(MarbleOptions.AllowedVariables)} (AddMarble(o => o.AllowedVariables.Add(\"{PeerText.Clean(name)}\")))"
            : SteeringVariables.IsPathForName(name, value.Span) && !_allowed.Contains(name)
                ? $"the value of the environment variable {quoted} is a path, where the name of an environment belongs, and a host would read its settings from there; write a name"
            : value.Span.Contains((byte)0) ? $"the value of the environment variable {quoted} holds a NUL; {ValueRemedy}"
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
