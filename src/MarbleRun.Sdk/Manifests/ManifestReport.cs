using System.Collections.Immutable;
using MarbleRun.Manifests.Templates;

namespace MarbleRun.Manifests;

/// <summary>What a check of a manifest finds, and what it reads on the way. See <see cref="Manifest.Check(ReadOnlySpan{byte})"/>.</summary>
public sealed class ManifestReport
{
    internal ManifestReport()
    {
    }

    /// <summary>The manifest; null if the text cannot be read.</summary>
    public Manifest? Manifest { get; internal init; }

    /// <summary>
    /// Errors in the order in which a Coordinator meets them, so that the first decides, those of one stage in the order of the text; then warnings. Empty if
    /// nothing is wrong. At most 200 of a stage.
    /// </summary>
    public ImmutableArray<ManifestProblem> Problems { get; internal init; } = [];

    /// <summary>The errors alone, the one that decides first.</summary>
    public IEnumerable<ManifestProblem> Errors => Problems.Where(problem => problem.Severity == ManifestSeverity.Error);

    /// <summary>Whether there is no error: a Coordinator accepts the manifest.</summary>
    public bool IsAccepted => Manifest is not null && !Errors.Any();

    /// <summary>By the user's name, the client certificate (RFC 5280), DER; those that can be used.</summary>
    public ImmutableSortedDictionary<string, ReadOnlyMemory<byte>> UserCertificates { get; internal init; } = Maps.Empty<ReadOnlyMemory<byte>>();

    /// <summary>By the party's name, the RSA key as SubjectPublicKeyInfo (RFC 5280, 4.1), DER; those that can be used.</summary>
    public ImmutableSortedDictionary<string, ReadOnlyMemory<byte>> RecoveryKeys { get; internal init; } = Maps.Empty<ReadOnlyMemory<byte>>();

    /// <summary>By Marble type, its parameters with their templates parsed. Use them only if <see cref="IsAccepted"/>: values that cannot be parsed are left out.</summary>
    public ImmutableSortedDictionary<string, MarblePlan> Plans { get; internal init; } = Maps.Empty<MarblePlan>();
}
