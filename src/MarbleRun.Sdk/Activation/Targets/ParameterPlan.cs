using System.Collections.Immutable;
using Google.Protobuf;
using MarbleRun.Protos;
using MarbleRun.Secrets;

namespace MarbleRun.Activation.Targets;

/// <summary>
/// The files and variables to apply, with every name checked before the first write: if one is refused, nothing is applied. If applying
/// fails half-way (the disk is full), it is not undone: at an activation the process ends, and the next start writes everything again.
/// </summary>
internal sealed class ParameterPlan
{
    private const string DefaultProgram = "./marble";
    private const int MostFaults = 5;

    private readonly ImmutableArray<(string Path, ByteString Content)> _files;
    private readonly ImmutableArray<(string Name, string Value)> _variables;

    private ParameterPlan(
        ImmutableArray<(string Path, ByteString Content)> files,
        ImmutableArray<(string Name, string Value)> variables,
        Parameters parameters)
    {
        _files = files;
        _variables = variables;
        Source = new Parameters { Files = { parameters.Files } };
        Source.Env.Add(parameters.Env.Where(v => !ReservedVariables.Has(v.Key)).ToDictionary());
        Summary = new MarbleParameters(
            [.. files.Select(f => f.Path)],
            [.. variables.Select(v => v.Name)],
            parameters.Argv.Count == 0 ? [DefaultProgram] : [.. parameters.Argv]);
        Values = new SecretValues(
            parameters.Env.Where(v => !ReservedVariables.Has(v.Key)).Select(v => KeyValuePair.Create(v.Key, v.Value.Memory)),
            parameters.Files.Select(f => KeyValuePair.Create(f.Key, f.Value.Memory)));
    }

    /// <summary>The files and variables as they came, without the identity.</summary>
    public Parameters Source { get; }

    /// <summary>The variables to set, by name.</summary>
    public IEnumerable<KeyValuePair<string, string>> Variables => _variables.Select(v => KeyValuePair.Create(v.Name, v.Value));

    /// <summary>The names, without the values.</summary>
    public MarbleParameters Summary { get; }

    /// <summary>The values by their names in the manifest, without those of the identity.</summary>
    public SecretValues Values { get; }

    /// <summary>Checks the parameters.</summary>
    /// <param name="parameters">The reply.</param>
    /// <param name="rules">Determines which files, variables and parts of the identity are accepted.</param>
    /// <exception cref="MarbleActivationException">Some parameters cannot or must not be applied; the message lists them.</exception>
    public static ParameterPlan Create(Parameters parameters, ParameterRules rules)
    {
        if (parameters.Env.ContainsKey(ReservedVariables.TtlsPolicy))
        {
            throw NotApplied(
                $"the manifest gives this Marble a TTLS policy ({ReservedVariables.TtlsPolicy}), which this version of the SDK cannot "
                + "apply. Remove the TLS tags from this Marble in the manifest; UseMarbleIdentity() and the HTTPS endpoints use mutual TLS "
                + "without a policy");
        }

        if (FindExcess(parameters) is { } excess)
        {
            throw NotApplied(excess);
        }

        List<string> faults = [];
        var files = new Dictionary<string, ByteString>(PathText.Comparer);
        foreach ((string name, ByteString content) in parameters.Files.OrderBy(f => f.Key, StringComparer.Ordinal))
        {
            if (rules.Files.FindFault(name, out string path) is { } fault)
            {
                faults.Add(fault);
            }
            else if (!files.TryAdd(path, content))
            {
                faults.Add($"two files have the path '{path}'");
            }
        }

        faults.AddRange(files.Keys
            .Select(path => (Path: path, Above: PathText.Ancestors(path).FirstOrDefault(files.ContainsKey)))
            .Where(f => f.Above is not null)
            .Select(f => $"the file '{f.Path}' cannot be below the file '{f.Above}'"));
        faults.AddRange(
            parameters.Env.OrderBy(v => v.Key, StringComparer.Ordinal).Select(v => rules.FindFault(v.Key, v.Value)).OfType<string>());
        if (faults.Count > 0)
        {
            throw NotApplied(string.Join("; ", faults.Take(MostFaults))
                + (faults.Count > MostFaults ? $"; and {faults.Count - MostFaults} more" : string.Empty));
        }

        return new ParameterPlan(
            [.. files
                .Select(f => (f.Key, f.Value))
                .OrderByDescending(f => FileRules.IsKey(f.Key))
                .ThenBy(f => f.Key, StringComparer.Ordinal)],
            [.. parameters.Env
                .Where(v => rules.Sets(v.Key))
                .Select(v => (v.Key, v.Value.ToStringUtf8()))
                .OrderBy(v => v.Key, StringComparer.Ordinal)],
            parameters);
    }

    /// <summary>Applies the files, keys first, then the variables.</summary>
    /// <exception cref="MarbleActivationException">
    /// A file must not be written, and then nothing was written; or a file cannot be written, or a variable cannot be set.
    /// </exception>
    public void Apply(IParameterTarget target)
    {
        ApplyFiles(target, static _ => true);
        foreach ((string name, string value) in _variables)
        {
            Attempt(() => target.SetVariable(name, value), $"the environment variable '{name}' cannot be set");
        }
    }

    /// <summary>Applies some of the files, after the places of all were checked.</summary>
    /// <exception cref="MarbleActivationException">
    /// A file must not be written, and then nothing was written; or a file cannot be written.
    /// </exception>
    public void ApplyFiles(IParameterTarget target, Func<string, bool> isWritten)
    {
        if (target is IParameterJudge judge)
        {
            JudgePlaces(judge);
        }

        foreach ((string path, ByteString content) in _files.Where(f => isWritten(f.Path)))
        {
            Attempt(() => target.WriteFile(path, content.Memory), $"the file '{path}' cannot be written");
        }
    }

    /// <summary>The paths of files that have another content than in other parameters, or are not there.</summary>
    public IEnumerable<string> FilesThatDifferFrom(ParameterPlan other)
    {
        Dictionary<string, ByteString> before = other._files.ToDictionary(f => f.Path, f => f.Content, PathText.Comparer);
        return _files.Where(f => !before.TryGetValue(f.Path, out ByteString? content) || !content.Equals(f.Content)).Select(f => f.Path);
    }

    /// <summary>The names of variables that have another value than in other parameters, or are in one of them only.</summary>
    public IEnumerable<string> VariablesThatDifferFrom(ParameterPlan other) =>
        other.Source.Env.Keys.Union(Source.Env.Keys)
            .Where(name => !Source.Env.TryGetValue(name, out ByteString? value)
                || !other.Source.Env.TryGetValue(name, out ByteString? before)
                || !before.Equals(value))
            .Order(StringComparer.Ordinal);

    private void JudgePlaces(IParameterJudge judge)
    {
        var places = new Dictionary<string, string>(PathText.Comparer);
        foreach ((string path, _) in _files)
        {
            Attempt(
                () =>
                {
                    string place = judge.Judge(path);
                    if (!places.TryAdd(place, path))
                    {
                        throw new IOException($"A link makes it the same file as '{places[place]}'.");
                    }
                },
                $"the file '{path}' cannot be written");
        }

        foreach ((string place, string path) in places)
        {
            if (PathText.Ancestors(place).FirstOrDefault(places.ContainsKey) is { } above)
            {
                throw NotApplied($"the file '{path}' cannot be written. A link puts it below the file '{places[above]}'");
            }
        }
    }

    private static string? FindExcess(Parameters parameters) =>
        parameters.Files.Count > ParameterLimits.MostFiles
            ? $"{parameters.Files.Count:N0} files, and the limit is {ParameterLimits.MostFiles:N0}"
        : parameters.Env.Count > ParameterLimits.MostVariables
            ? $"{parameters.Env.Count:N0} environment variables, and the limit is {ParameterLimits.MostVariables:N0}"
        : parameters.CalculateSize() > ParameterLimits.MostBytes
            ? $"{parameters.CalculateSize():N0} bytes in all, and the limit is {ParameterLimits.MostBytes:N0}"
        : null;

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

    private static MarbleActivationException NotApplied(string what, Exception? cause = null) =>
        new(
            MarbleActivationFailure.ParametersNotApplied,
            $"The parameters of this Marble in the manifest cannot be applied: {what}.",
            cause);
}
