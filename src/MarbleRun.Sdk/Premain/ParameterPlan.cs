using System.Collections.Immutable;
using System.Text;
using Google.Protobuf;
using MarbleRun.Protos;

namespace MarbleRun.Activation;

/// <summary>
/// What will be written and set, with every name checked before the first write. Applying it is not undone when it fails half-way: the process
/// then ends, and the next start writes all of it again.
/// </summary>
internal sealed class ParameterPlan
{
    // A library OS (Gramine) takes the keys of encrypted files through these; files under them must come first, and cannot be replaced.
    private const string KeyFolder = "/dev/attestation/keys/";
    private const string OldKeyFile = "/dev/attestation/protected_files_key";
    private const string DefaultProgram = "./marble";
    private const string ValueRemedy = "give it to the Marble as a file, or encode it in the manifest's template";

    private static readonly UTF8Encoding s_strictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private readonly ImmutableArray<(string Path, ByteString Content)> _files;
    private readonly ImmutableArray<(string Name, string Value)> _variables;

    private ParameterPlan(ImmutableArray<(string Path, ByteString Content)> files, ImmutableArray<(string Name, string Value)> variables, Parameters parameters)
    {
        _files = files;
        _variables = variables;
        Summary = new MarbleParameters(
            [.. files.Select(f => f.Path)],
            [.. variables.Select(v => v.Name)],
            parameters.Argv.Count == 0 ? [DefaultProgram] : [.. parameters.Argv]);
    }

    /// <summary>The names, without the values.</summary>
    public MarbleParameters Summary { get; }

    /// <summary>Checks the parameters.</summary>
    /// <param name="parameters">The reply.</param>
    /// <param name="folder">What relative paths start from.</param>
    /// <exception cref="MarbleActivationException">Something cannot be applied.</exception>
    public static ParameterPlan Create(Parameters parameters, string folder)
    {
        if (parameters.Env.ContainsKey(ReservedVariables.TtlsPolicy))
        {
            throw NotApplied(
                $"the manifest gives this Marble a TTLS policy ({ReservedVariables.TtlsPolicy}), which this version of the SDK cannot apply. "
                + "Remove the TLS tags from this Marble in the manifest; UseMarbleIdentity() and the HTTPS endpoints use mutual TLS without a policy");
        }

        var files = parameters.Files
            .Select(f => (Path: CheckPath(f.Key, folder), Content: f.Value))
            .OrderByDescending(f => IsKey(f.Path)).ThenBy(f => f.Path, StringComparer.Ordinal);
        var variables = parameters.Env.Select(v => (CheckName(v.Key), Value: CheckValue(v.Key, v.Value))).OrderBy(v => v.Item1, StringComparer.Ordinal);
        return new ParameterPlan([.. files], [.. variables], parameters);
    }

    /// <summary>Hands over the files, keys first, then the variables.</summary>
    /// <exception cref="MarbleActivationException">A file cannot be written, or a variable not be set.</exception>
    public void Apply(IParameterTarget target)
    {
        foreach ((string path, ByteString content) in _files)
        {
            Attempt(() => target.WriteFile(path, content.Memory), $"the file '{path}' cannot be written");
        }

        foreach ((string name, string value) in _variables)
        {
            Attempt(() => target.SetVariable(name, value), $"the environment variable '{name}' cannot be set");
        }
    }

    internal static bool IsKey(string path) => path.StartsWith(KeyFolder, StringComparison.Ordinal) || path == OldKeyFile;

    private static void Attempt(Action apply, string failure)
    {
        try
        {
            apply();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw NotApplied($"{failure}. {e.Message}", e);
        }
    }

    private static string CheckPath(string path, string folder)
    {
        if (path.Length == 0 || path.Contains('\0', StringComparison.Ordinal) || Path.EndsInDirectorySeparator(path))
        {
            throw NotApplied($"'{PeerText.Clean(path)}' is no path of a file");
        }

        return Path.GetFullPath(path, folder);
    }

    private static string CheckName(string name) =>
        name.Length > 0 && name.AsSpan().IndexOfAny('=', '\0') < 0 ? name : throw NotApplied($"'{PeerText.Clean(name)}' is no name of an environment variable");

    private static string CheckValue(string name, ByteString value)
    {
        if (value.Span.Contains((byte)0))
        {
            throw NotApplied($"the value of the environment variable '{name}' holds a NUL; {ValueRemedy}");
        }

        try
        {
            return s_strictUtf8.GetString(value.Span);
        }
        catch (DecoderFallbackException)
        {
            throw NotApplied($"the value of the environment variable '{name}' is not UTF-8; {ValueRemedy}");
        }
    }

    private static MarbleActivationException NotApplied(string what, Exception? cause = null) =>
        new(MarbleActivationFailure.ParametersNotApplied, $"What the manifest gives this Marble cannot be applied: {what}.", cause);
}
