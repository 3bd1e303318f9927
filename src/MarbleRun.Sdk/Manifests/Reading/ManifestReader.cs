using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using MarbleRun.Manifests.Json;

namespace MarbleRun.Manifests.Reading;

/// <summary>
/// Converts scanned JSON to records. Members are matched without regard to case; a structure that occurs again is merged into the earlier
/// one, maps are united, and a map entry that occurs again starts empty. Every fault is kept; the one that peers report comes first.
/// </summary>
internal sealed partial class ManifestReader
{
    /// <summary>The limit for each kind. The first problem decides, and more problems are not useful.</summary>
    private const int MaxProblems = 1000;

    /// <summary>For all paths together, in characters; ordinary manifests stay far below it.</summary>
    private const long MaxPathLength = 32 * 1024 * 1024;

    /// <summary>For one name, in characters; the same as the longest file path.</summary>
    private const int MaxNameLength = 4096;

    private readonly List<ManifestProblem> _fatal = [];
    private readonly List<ManifestProblem> _mismatches = [];
    private readonly List<ManifestProblem> _warnings = [];
    private readonly Dictionary<string, int> _offsets = [];
    private readonly LineTable _lines;
    private long _pathLength;

    private ManifestReader(LineTable lines) => _lines = lines;

    public static bool TryRead(
        ReadOnlySpan<byte> text, [NotNullWhen(true)] out Manifest? manifest, out ImmutableArray<ManifestProblem> problems)
    {
        manifest = null;
        if (text.Length > Manifest.MaxLength)
        {
            problems = [Refusal($"manifest is too long: {text.Length} bytes, at most {Manifest.MaxLength} are read", null)];
            return false;
        }

        var lines = new LineTable(text);
        if (!JsonScanner.TryScan(text, out List<JsonToken>? tokens, out JsonDefect? defect))
        {
            problems = [Refusal(defect.Message, lines.Locate(defect.Offset)) with { Suggestion = SyntaxAdvice.For(text, defect) }];
            return false;
        }

        var reader = new ManifestReader(lines);
        Manifest read = reader.ReadStructure(new JsonValue(text.ToArray(), tokens, 0), Place.Root, new Manifest(), Shapes.Manifest);
        ImmutableArray<ManifestProblem> warnings = [.. reader._warnings];
        problems = [.. reader._fatal, .. reader._mismatches, .. warnings];
        if (problems.Length > warnings.Length)
        {
            return false;
        }

        manifest = read with { Source = new ManifestSource(reader._offsets, lines) { Warnings = warnings, TextLength = text.Length } };
        return true;
    }

    private static ManifestProblem Refusal(string message, (int Line, int Column)? position) => new()
    {
        Stage = ManifestStage.Syntax,
        Severity = ManifestSeverity.Error,
        Path = JsonPath.Root,
        Message = message,
        Line = position?.Line,
        Column = position?.Column,
    };

    private void Add(
        List<ManifestProblem> problems, ManifestSeverity severity, JsonValue value, Place place, string message, string? suggestion)
    {
        if (problems.Count < MaxProblems)
        {
            problems.Add(Problem(severity, value, place, message, suggestion));
        }
    }

    private ManifestProblem Problem(ManifestSeverity severity, JsonValue value, Place place, string message, string? suggestion)
    {
        (int line, int column) = _lines.Locate(value.Offset);
        return new ManifestProblem
        {
            Stage = ManifestStage.Syntax,
            Severity = severity,
            Path = place.ToString(),
            Message = message,
            Suggestion = suggestion,
            Line = line,
            Column = column,
        };
    }

    /// <summary>Reports a fault at which peers stop reading, so that it comes before all mismatches.</summary>
    private void Fatal(JsonValue value, Place place, string message, string? suggestion = null) =>
        Add(_fatal, ManifestSeverity.Error, value, place, message, suggestion);

    /// <summary>Reports a fault after which peers continue to read.</summary>
    private void Wrong(JsonValue value, Place place, string message, string? suggestion = null) =>
        Add(_mismatches, ManifestSeverity.Error, value, place, message, suggestion);

    /// <summary>
    /// Files and certificates have separate readers, whose failure ends the reading: the problems that they found come before all
    /// mismatches.
    /// </summary>
    /// <param name="first">The number of earlier mismatches.</param>
    private void MakeFatal(int first)
    {
        _fatal.AddRange(_mismatches.Skip(first).Take(MaxProblems - Math.Min(MaxProblems, _fatal.Count)));
        _mismatches.RemoveRange(first, _mismatches.Count - first);
    }

    private void Warn(JsonValue value, Place place, string message, string? suggestion = null) =>
        Add(_warnings, ManifestSeverity.Warning, value, place, message, suggestion);

    private void Mismatch(JsonValue value, Place place, string type) =>
        Wrong(value, place, MismatchText(value.KindName, place, type), TypeAdvice.For(value, place, type));

    private static string MismatchText(string found, Place place, string type) => place.Structure.Length == 0
        ? $"json: cannot unmarshal {found} into Go value of type {type}"
        : $"json: cannot unmarshal {found} into Go struct field {place.Structure}.{place.Fields} of type {type}";

    /// <summary>
    /// Records the place of a value. Every path repeats the enclosing names, so a few long names can cause many long paths.
    /// </summary>
    private void Record(JsonValue value, Place place)
    {
        if (_pathLength > MaxPathLength)
        {
            return;
        }

        _pathLength += place.Length;
        if (_pathLength > MaxPathLength)
        {
            Fatal(
                value,
                place,
                "the names in the manifest are too long, together with how often they occur",
                "Use shorter names for Marbles and packages.");
            return;
        }

        _offsets[place.ToString()] = value.Offset;
    }
}
