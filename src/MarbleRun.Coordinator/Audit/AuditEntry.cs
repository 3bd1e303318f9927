using System.Collections.Immutable;
using System.Text.RegularExpressions;
using MarbleRun.Audit;
using MarbleRun.Coordinator.Diagnostics;

namespace MarbleRun.Coordinator.Audit;

/// <summary>A decision to record. The code that creates it must not include secrets: only names, numbers and fingerprints.</summary>
internal sealed partial class AuditEntry
{
    private const int MaxDetails = 16;

    private readonly string _action;
    private readonly AuditOutcome _outcome;
    private readonly string? _user;
    private readonly string? _certificateHash;
    private readonly ImmutableSortedDictionary<string, string> _details;

    /// <param name="action">The requested action: lower-case words separated by dots, for instance <c>manifest.set</c>.</param>
    /// <param name="outcome">The outcome.</param>
    /// <param name="user">The caller's name in the manifest, or null.</param>
    /// <param name="certificateHash">SHA-256 of the certificate that was shown, as 64 hexadecimal digits in lower case, or null.</param>
    /// <param name="details">At most 16, by names like <c>manifestFingerprint</c>; text from unauthenticated callers is put on one line and
    /// cut after 1,000 characters.</param>
    /// <exception cref="ArgumentException">A name or the hash is invalid, or there are too many details.</exception>
    public AuditEntry(
        string action,
        AuditOutcome outcome,
        string? user,
        string? certificateHash,
        params ReadOnlySpan<(string Name, string Value)> details)
    {
        Require(ActionName().IsMatch(action), nameof(action));
        Require(certificateHash is null || Hash().IsMatch(certificateHash), nameof(certificateHash));
        Require(details.Length <= MaxDetails, nameof(details));
        ImmutableSortedDictionary<string, string>.Builder cleaned = ImmutableSortedDictionary.CreateBuilder<string, string>(
            StringComparer.Ordinal);
        foreach ((string name, string value) in details)
        {
            Require(DetailName().IsMatch(name), nameof(details));
            cleaned.Add(name, LogText.Clean(value));
        }

        _action = action;
        _outcome = outcome;
        _user = user is null ? null : LogText.Clean(user);
        _certificateHash = certificateHash;
        _details = cleaned.ToImmutable();
    }

    /// <summary>The record that follows another one.</summary>
    public AuditRecord After(AuditHead head, DateTimeOffset time) => new(head.Sequence + 1, time, _action, _outcome, head.Hash)
    {
        User = _user,
        CertificateHash = _certificateHash,
        Details = _details,
    };

    private static void Require(bool holds, string parameter)
    {
        if (!holds)
        {
            throw new ArgumentException("The value is not valid in an audit entry.", parameter);
        }
    }

    [GeneratedRegex(@"^[a-z]{1,32}(\.[a-z]{1,32}){0,3}\z")]
    private static partial Regex ActionName();

    [GeneratedRegex(@"^[a-z][a-zA-Z]{0,63}\z")]
    private static partial Regex DetailName();

    [GeneratedRegex(@"^[0-9a-f]{64}\z")]
    private static partial Regex Hash();
}
