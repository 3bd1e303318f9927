using System.Collections.Immutable;
using MarbleRun.Manifests.Json;
using MarbleRun.Manifests.Plans;
using MarbleRun.Manifests.Reading;
using MarbleRun.Manifests.Templates;

namespace MarbleRun.Manifests.Checks;

/// <summary>
/// Checks a manifest, in the order in which Coordinators do, and inside a section in the order of the text. One file for each section.
/// Errors have the texts of the wire protocol; a check that depends on a failed one is omitted.
/// </summary>
internal sealed partial class ManifestChecks(Manifest manifest, bool rendersTemplates, ActionBudget? actions)
{
    /// <summary>The limit for each stage. The first problem decides, and more problems are not useful.</summary>
    private const int MaxProblems = 200;

    private readonly Manifest _manifest = manifest;
    private readonly Dictionary<ManifestStage, int> _errorsByStage = [];
    private readonly List<ManifestProblem> _errors = [];
    private readonly ImmutableSortedDictionary<string, ReadOnlyMemory<byte>>.Builder _userCertificates =
        Maps.Empty<ReadOnlyMemory<byte>>().ToBuilder();
    private readonly ImmutableSortedDictionary<string, ReadOnlyMemory<byte>>.Builder _recoveryKeys =
        Maps.Empty<ReadOnlyMemory<byte>>().ToBuilder();
    private readonly List<ManifestProblem> _warnings = [.. manifest.Source.Warnings];

    public ManifestReport Run()
    {
        CheckSections();
        foreach ((string name, MarbleDefinition marble) in InOrder(_manifest.Marbles, "Marbles"))
        {
            CheckMarble(name, marble);
        }

        CheckPlatforms();
        foreach ((string name, TlsTag tag) in InOrder(_manifest.Tls, "TLS"))
        {
            CheckTlsTag(name, tag);
        }

        CheckUsers();
        foreach ((string name, RoleDefinition role) in InOrder(_manifest.Roles, "Roles"))
        {
            CheckRole(name, role);
        }

        foreach ((string name, SecretDefinition secret) in InOrder(_manifest.Secrets, "Secrets"))
        {
            CheckSecret(name, secret);
            CheckGeneration(name, secret);
        }

        CheckConfig();
        CheckConnections();
        CheckRecoveryKeys();
        CheckPackages();
        CheckCoordinators();
        WarnOfNames();
        ImmutableSortedDictionary<string, MarblePlan> plans = CheckTemplates();
        return new ManifestReport
        {
            Manifest = _manifest,

            // Stages are in the order of a Coordinator's checks; the sort is stable.
            Problems = [.. _errors.OrderBy(problem => problem.Stage), .. _warnings],
            UserCertificates = _userCertificates.ToImmutable(),
            RecoveryKeys = _recoveryKeys.ToImmutable(),
            Plans = plans,
        };
    }

    private void CheckSections()
    {
        if (_manifest.Packages.IsEmpty)
        {
            Error(JsonPath.Of("Packages"), "no allowed packages defined", "Add at least one entry to Packages.");
        }

        if (_manifest.Marbles.IsEmpty)
        {
            Error(JsonPath.Of("Marbles"), "no allowed marbles defined", "Add at least one entry to Marbles.");
        }
    }

    private IEnumerable<KeyValuePair<string, T>> InOrder<T>(ImmutableSortedDictionary<string, T> entries, params string[] section)
    {
        if (entries.Count <= 1)
        {
            return entries;
        }

        string path = JsonPath.Of(section);
        return entries.OrderBy(entry => _manifest.Source.OffsetOf(path + JsonPath.Segment(entry.Key)));
    }

    private void Error(string path, string message, string? suggestion = null, ManifestStage stage = ManifestStage.Consistency)
    {
        int count = _errorsByStage.GetValueOrDefault(stage);
        if (count < MaxProblems)
        {
            _errorsByStage[stage] = count + 1;
            _errors.Add(Problem(stage, ManifestSeverity.Error, path, message, suggestion));
        }
    }

    private void Warn(string path, string message, string? suggestion = null)
    {
        if (_warnings.Count - _manifest.Source.Warnings.Length < MaxProblems)
        {
            _warnings.Add(Problem(ManifestStage.Consistency, ManifestSeverity.Warning, path, message, suggestion));
        }
    }

    private void Fail(string path, string message, string? suggestion) => Error(path, message, suggestion);

    /// <summary>Suggests the intended word, until the limit of problems is reached: the search costs more than the checks.</summary>
    private string? Nearest(string word, IEnumerable<string> candidates) =>
        _errors.Count + _warnings.Count < MaxProblems ? Spelling.Suggest(word, candidates) : null;

    private ManifestProblem Problem(ManifestStage stage, ManifestSeverity severity, string path, string message, string? suggestion)
    {
        (int Line, int Column)? position = _manifest.Source.Locate(path);
        return new ManifestProblem
        {
            Stage = stage,
            Severity = severity,
            Path = path,
            Message = message,
            Suggestion = suggestion,
            Line = position?.Line,
            Column = position?.Column,
        };
    }
}
