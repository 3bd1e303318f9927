using System.Collections.Immutable;
using System.Globalization;
using System.Security.Cryptography;
using MarbleRun.Coordinator.Identities;
using MarbleRun.Coordinator.State;
using MarbleRun.Coordinator.State.Trust;
using MarbleRun.Coordinator.Users;
using MarbleRun.Manifests;

namespace MarbleRun.Coordinator.Revocation;

/// <summary>Who may revoke what, and how many must agree; the manifest in force says it.</summary>
internal static class RevocationRules
{
    /// <summary>In characters.</summary>
    public const int MaxReason = 500;

    /// <summary>A user must not use up the room of the others.</summary>
    private const int ShareOfOneUser = 2;

    /// <summary>Two users who may revoke one Marble type must not use up the room of those who may revoke all types.</summary>
    private const int ReservedCount = RevocationSet.MaxCount / 10;

    private const int ReservedBytes = RevocationSet.MaxBytes / 10;

    /// <summary>
    /// The Marble types that a new revocation is about. A type, measurement or platform is about all Marbles with it. A UUID or certificate
    /// is about all types that the user may revoke: the list of identities may lack one, so that it must not limit a revocation. It only
    /// refuses the user who may revoke none of the types that it has.
    /// </summary>
    /// <returns>Empty for all types.</returns>
    /// <exception cref="RevocationException">The user may not.</exception>
    public static ImmutableArray<string> ScopeOf(MeshManifest mesh, MeshUser user, RevocationSubject subject, MarbleRegistry identities)
    {
        ImmutableArray<string> allowed = AllowedTypes(mesh, user);
        bool mayAll = allowed.Length == mesh.Manifest.Marbles.Count;
        return subject.Kind switch
        {
            RevocationKind.MarbleType => allowed.Contains(subject.Value, StringComparer.Ordinal)
                ? [subject.Value]
                : throw NotAllowed(user, $"Marbles of type {subject.Value}"),
            RevocationKind.Measurement or RevocationKind.Platform => mayAll
                ? []
                : throw NotAllowed(
                    user, $"by {subject.Kind.ToName()}, which needs the action {RoleActions.RevokeMarble} for all Marble types"),
            _ when mayAll => [],
            _ => Known(subject, identities).ToArray() is { Length: > 0 } known && !known.Intersect(allowed, StringComparer.Ordinal).Any()
                ? throw NotAllowed(user, "this Marble")
                : RequireAny(user, allowed),
        };
    }

    /// <summary>Whether a user may decide about Marbles of all these types; types that the manifest no longer has do not count.</summary>
    public static bool May(MeshManifest mesh, MeshUser user, ImmutableArray<string> types)
    {
        string[] concerned = [.. types.Where(mesh.Manifest.Marbles.ContainsKey)];
        return user.May(RoleActions.RevokeMarble, concerned.Length > 0 ? concerned : mesh.Manifest.Marbles.Keys);
    }

    /// <summary>The Marble types whose Marbles a user may revoke.</summary>
    public static ImmutableArray<string> AllowedTypes(MeshManifest mesh, MeshUser user) =>
        [.. mesh.Manifest.Marbles.Keys.Where(type => user.May(RoleActions.RevokeMarble, type))];

    /// <summary>
    /// How many users must still agree, and who could. Only users count who are in the manifest in force, with the same certificate and the
    /// permission.
    /// </summary>
    public static (int Missing, ImmutableArray<string> Users) Missing(
        MeshManifest mesh, ImmutableArray<string> types, ImmutableArray<RevocationVote> votes)
    {
        ulong threshold = Math.Max(1, mesh.Manifest.Config.RevocationThreshold);
        MeshUser[] able = [.. mesh.Users.All.Where(user => May(mesh, user, types))];
        MeshUser[] absent = [.. able.Where(user => !votes.Any(vote => IsOf(vote, user)))];
        ulong agreed = (ulong)(able.Length - absent.Length);
        return agreed >= threshold
            ? (0, [])
            : ((int)Math.Min(threshold - agreed, int.MaxValue), [.. absent.Select(user => user.Name).Order(StringComparer.Ordinal)]);
    }

    /// <summary>Whether the vote is of this user: a name in another manifest may be another person.</summary>
    public static bool IsOf(RevocationVote vote, MeshUser user) => vote.CertificateHash == HashOf(user);

    public static RevocationVote VoteOf(MeshUser user, DateTimeOffset now) => new(user.Name, HashOf(user), now);

    /// <exception cref="RevocationException">There are too many revocations.</exception>
    public static void RequireRoom(MeshManifest mesh, RevocationSet revocations, MarbleRevocation next, MeshUser user)
    {
        bool mayAll = AllowedTypes(mesh, user).Length == mesh.Manifest.Marbles.Count;
        int maxCount = RevocationSet.MaxCount - (mayAll ? 0 : ReservedCount);
        long maxBytes = RevocationSet.MaxBytes - (mayAll ? 0 : ReservedBytes);
        MarbleRevocation[] own = [.. revocations.All.Where(r => r.Approvals is [{ } first, ..] && IsOf(first, user))];
        if (revocations.All.Count >= maxCount || own.Length >= RevocationSet.MaxCount / ShareOfOneUser)
        {
            throw new RevocationException(
                $"there are too many revocations: at most {maxCount}, and {RevocationSet.MaxCount / ShareOfOneUser} that one "
                + "user asked for; lift those that are no longer needed");
        }

        long size = RevocationSet.SizeOf(next);
        if (revocations.All.Sum(RevocationSet.SizeOf) + size > maxBytes
            || own.Sum(RevocationSet.SizeOf) + size > RevocationSet.MaxBytes / ShareOfOneUser)
        {
            throw new RevocationException(
                $"there are too many revocations: their names and reasons may take {maxBytes} bytes together, and "
                + $"{RevocationSet.MaxBytes / ShareOfOneUser} of one user; lift those that are no longer needed");
        }
    }

    /// <summary>What is wrong with a reason, which other users read; null if nothing is.</summary>
    public static string? FindReasonFault(string reason) =>
        string.IsNullOrWhiteSpace(reason) ? "must say why"
        : reason.Length > MaxReason ? $"must have at most {MaxReason} characters"
        : reason.Any(IsHidden) ? "must not contain control characters"
        : null;

    private static bool IsHidden(char character) =>
        char.GetUnicodeCategory(character) is UnicodeCategory.Control or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator
        || character is '\u061C' or '\u200E' or '\u200F' or (>= '\u202A' and <= '\u202E') or (>= '\u2066' and <= '\u2069');

    private static IEnumerable<string> Known(RevocationSubject subject, MarbleRegistry identities) =>
        subject.Kind == RevocationKind.Uuid
            ? identities.Find(Guid.Parse(subject.Value)).Select(known => known.Marble.MarbleType).Distinct(StringComparer.Ordinal)
            : identities.TryFind(subject.Value, out KnownMarble? found) ? [found.Marble.MarbleType] : [];

    private static ImmutableArray<string> RequireAny(MeshUser user, ImmutableArray<string> types) =>
        types.IsEmpty ? throw NotAllowed(user, "this Marble") : types;

    private static RevocationException NotAllowed(MeshUser user, string what) =>
        new($"user {user.Name} is not allowed to revoke {what}") { IsForbidden = true };

    private static string HashOf(MeshUser user) => Convert.ToHexStringLower(SHA256.HashData(user.Certificate.Span));
}

/// <summary>A call about revocations is refused; the message goes to the user.</summary>
internal sealed class RevocationException(string message) : Exception(message)
{
    /// <summary>Whether the user lacks the permission.</summary>
    public bool IsForbidden { get; init; }

    /// <summary>Whether there is no such revocation.</summary>
    public bool IsUnknown { get; init; }
}
