using System.Collections.Immutable;
using MarbleRun.Manifests.Plans;

namespace MarbleRun.Manifests.Checks;

/// <summary>
/// The results of the check of a manifest, with the data that it read. See <see cref="ManifestChecker.Check(ReadOnlySpan{byte})"/>.
/// </summary>
public sealed class ManifestReport
{
    internal ManifestReport()
    {
    }

    /// <summary>The manifest; null if the text cannot be read.</summary>
    public Manifest? Manifest { get; internal init; }

    /// <summary>
    /// Errors in the order in which a Coordinator detects them, so that the first one is decisive, those of one stage in the order of the
    /// text; then warnings. Empty if the manifest is valid. At most 200 for each stage.
    /// </summary>
    public ImmutableArray<ManifestProblem> Problems { get; internal init; } = [];

    /// <summary>Only the errors, the decisive one first.</summary>
    public IEnumerable<ManifestProblem> Errors => Problems.Where(problem => problem.Severity == ManifestSeverity.Error);

    /// <summary>Whether there is no error: a Coordinator accepts the manifest.</summary>
    public bool IsAccepted => Manifest is not null && !Errors.Any();

    /// <summary>By user name, the client certificate (RFC 5280), DER; only usable certificates.</summary>
    public ImmutableSortedDictionary<string, ReadOnlyMemory<byte>> UserCertificates { get; internal init; } =
        Maps.Empty<ReadOnlyMemory<byte>>();

    /// <summary>By party name, the RSA key as SubjectPublicKeyInfo (RFC 5280, 4.1), DER; only usable keys.</summary>
    public ImmutableSortedDictionary<string, ReadOnlyMemory<byte>> RecoveryKeys { get; internal init; } =
        Maps.Empty<ReadOnlyMemory<byte>>();

    /// <summary>
    /// By Marble type, its parameters with parsed templates. Use them only if <see cref="IsAccepted"/>: values that cannot be parsed are
    /// omitted.
    /// </summary>
    public ImmutableSortedDictionary<string, MarblePlan> Plans { get; internal init; } = Maps.Empty<MarblePlan>();
}
