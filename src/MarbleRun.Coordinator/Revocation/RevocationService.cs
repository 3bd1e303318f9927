using System.Collections.Immutable;
using System.Globalization;
using MarbleRun.Coordinator.Audit;
using MarbleRun.Coordinator.Diagnostics;
using MarbleRun.Coordinator.Identities;
using MarbleRun.Coordinator.State;
using MarbleRun.Coordinator.State.Trust;
using MarbleRun.Coordinator.Users;
using MarbleRun.Manifests;
using MarbleRun.Manifests.Plans;

namespace MarbleRun.Coordinator.Revocation;

/// <summary>Revokes Marbles and lifts revocations, when enough users agree. One call at a time.</summary>
internal sealed partial class RevocationService(
    CurrentState current,
    MarbleRegistry identities,
    Decisions decisions,
    AuditLog audit,
    TimeProvider timeProvider,
    ILogger<RevocationService> logger) : IDisposable
{
    private const string AddAction = "revocation.add";
    private const string ApproveAction = "revocation.approve";
    private const string LiftAction = "revocation.lift";
    private const string RecordAction = "revocation.record";

    private readonly SemaphoreSlim _turn = new(1, 1);

    public void Dispose() => _turn.Dispose();

    /// <summary>Asks for a revocation, or agrees to the one that another user asked for.</summary>
    /// <exception cref="RevocationException">Nothing was changed.</exception>
    public Task<RevocationReport> RevokeAsync(
        MeshUser user, RevocationSubject subject, string reason, CancellationToken cancellationToken) =>
        InTurnAsync(AddAction, user, (state, mesh) => RevokeAsync(state, mesh, user, subject, reason), cancellationToken);

    /// <summary>Lifts a revocation, or agrees to lifting it; one that waits for approvals is dropped.</summary>
    /// <exception cref="RevocationException">Nothing was changed.</exception>
    public Task<RevocationReport> LiftAsync(MeshUser user, ulong number, CancellationToken cancellationToken) =>
        InTurnAsync(LiftAction, user, (state, mesh) => LiftAsync(state, mesh, user, number), cancellationToken);

    /// <summary>The revocations about Marbles that the user may revoke or list.</summary>
    /// <exception cref="RevocationException">The user may do neither for any type.</exception>
    public async Task<ImmutableArray<RevocationReport>> ListAsync(CoordinatorState state, MeshUser user)
    {
        MeshManifest mesh = state.Manifest!;
        string[] visible = [.. VisibleTypes(mesh, user)];
        if (visible.Length == 0)
        {
            await audit.RecordRefusalAsync("revocation.list", AuditActor.Of(user));
            throw new RevocationException($"user {user.Name} is not allowed to list revocations") { IsForbidden = true };
        }

        return [.. state.Revocations.All
            .Where(r => r.MarbleTypes.IsEmpty || r.MarbleTypes.Intersect(visible, StringComparer.Ordinal).Any())
            .Select(r => Report(mesh, user, r, []))];
    }

    /// <summary>Keeps the certificates that became known after the revocations that name them came in force.</summary>
    public async Task RecordCertificatesAsync(CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken);
        try
        {
            CoordinatorState state = current.Value;
            RevocationSet next = WithCertificates(state.Revocations, state, timeProvider.GetUtcNow());
            if (!ReferenceEquals(next, state.Revocations))
            {
                int count = next.All.Sum(r => r.Certificates.Length);
                await decisions.MakeAsync(
                    Decision.Of(RecordAction, default, ("certificates", count.ToString(CultureInfo.InvariantCulture))),
                    newest => ReferenceEquals(newest.Revocations, state.Revocations) && ReferenceEquals(newest.Authority, state.Authority)
                        ? newest with { Revocations = next }
                        : throw Overtaken());
            }
        }
        finally
        {
            _turn.Release();
        }
    }

    private async Task<RevocationReport> RevokeAsync(
        CoordinatorState state, MeshManifest mesh, MeshUser user, RevocationSubject subject, string reason)
    {
        ImmutableArray<string> types = RevocationRules.ScopeOf(mesh, user, subject, identities);
        MarbleRevocation[] same = [.. state.Revocations.All.Where(r => r.Subject == subject)];
        if (same.FirstOrDefault(r => r.IsInForce && Covers(r, types)) is { } inForce)
        {
            return ReportWithMarbles(mesh, user, inForce);
        }

        DateTimeOffset now = timeProvider.GetUtcNow();
        // A narrower one would make less of what the user asked for.
        MarbleRevocation? waiting = same.FirstOrDefault(
            r => !r.IsInForce && Covers(r, types) && RevocationRules.May(mesh, user, r.MarbleTypes));
        MarbleRevocation next = waiting
            ?? new MarbleRevocation(state.Revocations.LastNumber + 1, subject, types, reason, []);
        if (!next.Approvals.Any(vote => RevocationRules.IsOf(vote, user)))
        {
            next = next with { Approvals = next.Approvals.Add(RevocationRules.VoteOf(user, now)) };
        }

        (int missing, _) = RevocationRules.Missing(mesh, next.MarbleTypes, next.Approvals);
        next = missing == 0 ? next with { Since = now } : next;
        if (next == waiting)
        {
            return ReportWithMarbles(mesh, user, next);
        }

        if (waiting is null)
        {
            RevocationRules.RequireRoom(mesh, state.Revocations, next, user);
        }

        await CommitAsync(
            waiting is null ? AddAction : ApproveAction,
            state,
            user,
            next,
            [("reason", next.Reason), ("inForce", next.IsInForce ? "true" : "false")],
            WithCertificates(state.Revocations.With(next), state, now),
            UpdateLogEntry.Revocation(now, user.Name, next.IsInForce ? "Marbles revoked"
                : waiting is null ? "Revocation of Marbles requested by user. Waiting for approvals"
                : "Revocation of Marbles approved by user",
                next,
                missing));
        RevocationReport report = ReportWithMarbles(mesh, user, next);
        if (next.IsInForce)
        {
            Log.Revoked(
                logger,
                LogText.Clean(user.Name),
                next.Subject.Kind.ToName(),
                LogText.Clean(subject.Value),
                next.Number,
                Fitting(next).Length);
        }
        else
        {
            Log.Requested(
                logger, LogText.Clean(user.Name), next.Subject.Kind.ToName(), LogText.Clean(subject.Value), next.Number, missing);
        }

        return report;
    }

    private async Task<RevocationReport> LiftAsync(CoordinatorState state, MeshManifest mesh, MeshUser user, ulong number)
    {
        // Of a revocation that the user may not see, the answer is that of one that does not exist.
        string[] visible = [.. VisibleTypes(mesh, user)];
        MarbleRevocation revocation = state.Revocations.Find(number) is { } found
            && visible.Length > 0
            && (found.MarbleTypes.IsEmpty || found.MarbleTypes.Intersect(visible, StringComparer.Ordinal).Any())
                ? found
                : throw new RevocationException($"there is no revocation {number}") { IsUnknown = true };
        if (!RevocationRules.May(mesh, user, revocation.MarbleTypes))
        {
            throw new RevocationException($"user {user.Name} is not allowed to lift revocation {number}") { IsForbidden = true };
        }

        DateTimeOffset now = timeProvider.GetUtcNow();
        MarbleRevocation next = revocation.LiftApprovals.Any(vote => RevocationRules.IsOf(vote, user))
            ? revocation
            : revocation with { LiftApprovals = revocation.LiftApprovals.Add(RevocationRules.VoteOf(user, now)) };
        int missing = revocation.IsInForce ? RevocationRules.Missing(mesh, next.MarbleTypes, next.LiftApprovals).Missing : 0;
        if (missing > 0 && next == revocation)
        {
            return Report(mesh, user, next, []);
        }

        await CommitAsync(
            LiftAction,
            state,
            user,
            next,
            [("lifted", missing == 0 ? "true" : "false")],
            missing == 0 ? state.Revocations.Without(number) : state.Revocations.With(next),
            UpdateLogEntry.Revocation(
                now,
                user.Name,
                missing == 0
                    ? "Revocation of Marbles lifted"
                    : "Lifting of a revocation of Marbles approved by user. Waiting for approvals",
                next,
                missing));
        if (missing == 0)
        {
            Log.Lifted(logger, LogText.Clean(user.Name), next.Subject.Kind.ToName(), LogText.Clean(next.Subject.Value), number);
        }
        else
        {
            Log.LiftRequested(logger, LogText.Clean(user.Name), number, missing);
        }

        return Report(mesh, user, next, []) with { IsLifted = missing == 0 };
    }

    /// <summary>The change is made only if what it was decided on did not change meanwhile.</summary>
    private Task CommitAsync(
        string action,
        CoordinatorState state,
        MeshUser user,
        MarbleRevocation revocation,
        (string Name, string Value)[] details,
        RevocationSet next,
        string logLine) =>
        decisions.MakeAsync(
            Decision.Of(
                action,
                AuditActor.Of(user),
                [
                    ("revocation", revocation.Number.ToString(CultureInfo.InvariantCulture)),
                    ("kind", revocation.Subject.Kind.ToName()),
                    ("subject", revocation.Subject.Value),
                    .. revocation.MarbleTypes.IsEmpty
                        ? Array.Empty<(string, string)>()
                        : [("marbleTypes", string.Join(", ", revocation.MarbleTypes))],
                    .. details,
                ]),
            newest => ReferenceEquals(newest.Revocations, state.Revocations) && ReferenceEquals(newest.Manifest, state.Manifest)
                ? newest with { Revocations = next }
                : throw Overtaken(),
            logLine);

    /// <summary>One call after another, each on the newest state, with the user that the state knows; a refusal is recorded.</summary>
    private async Task<RevocationReport> InTurnAsync(
        string action,
        MeshUser user,
        Func<CoordinatorState, MeshManifest, Task<RevocationReport>> decide,
        CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken);
        try
        {
            CoordinatorState state = current.Value;
            return state.Manifest is { } mesh && ReferenceEquals(mesh.Users.Find(user.Certificate.Span), user)
                ? await decide(state, mesh)
                : throw Overtaken();
        }
        catch (RevocationException exception)
        {
            await audit.RecordRefusalAsync(action, AuditActor.Of(user), ("reason", exception.Message));
            throw;
        }
        finally
        {
            _turn.Release();
        }
    }

    private static RevocationException Overtaken() =>
        new("the manifest or the revocations were changed during the call; look at them, and try again");

    /// <summary>Whether it is about all types that the user means; empty means all of the manifest.</summary>
    private static bool Covers(MarbleRevocation revocation, ImmutableArray<string> types) =>
        revocation.MarbleTypes.IsEmpty || (!types.IsEmpty && types.All(revocation.Covers));

    private static IEnumerable<string> VisibleTypes(MeshManifest mesh, MeshUser user) => mesh.Manifest.Marbles.Keys.Where(
        type => user.May(RoleActions.RevokeMarble, type) || user.May(RoleActions.ReadMarbles, type));

    private RevocationSet WithCertificates(RevocationSet revocations, CoordinatorState state, DateTimeOffset now) =>
        revocations.WithCertificates(
            identities.List().Select(known => known.ToRevocable()),
            Convert.ToHexStringLower(state.Authority.MarbleRootKeyIdentifier.Span),
            now);

    private KnownMarble[] Fitting(MarbleRevocation revocation) =>
        [.. identities.List().Where(known => revocation.Fits(known.Marble))];

    private RevocationReport ReportWithMarbles(MeshManifest mesh, MeshUser user, MarbleRevocation revocation)
    {
        string[] visible = [.. VisibleTypes(mesh, user)];
        KnownMarble[] fitting =
            [.. Fitting(revocation).Where(known => visible.Contains(known.Marble.MarbleType, StringComparer.Ordinal))];
        return Report(mesh, user, revocation, fitting) with { Secrets = SecretsOf(mesh, revocation, fitting) };
    }

    private static RevocationReport Report(MeshManifest mesh, MeshUser user, MarbleRevocation revocation, KnownMarble[] marbles)
    {
        (int missing, ImmutableArray<string> users) = revocation.IsInForce && revocation.LiftApprovals.IsEmpty
            ? (0, [])
            : RevocationRules.Missing(
                mesh, revocation.MarbleTypes, revocation.IsInForce ? revocation.LiftApprovals : revocation.Approvals);
        return new RevocationReport(revocation, missing, users, marbles, Secrets: []);
    }

    /// <summary>
    /// The names in the templates of the types that had the identities; where no identity is known, of the types that the revocation is
    /// about.
    /// </summary>
    private static ImmutableArray<string> SecretsOf(MeshManifest mesh, MarbleRevocation revocation, KnownMarble[] marbles)
    {
        IEnumerable<string> types = marbles.Length > 0
            ? marbles.Select(known => known.Marble.MarbleType).Distinct(StringComparer.Ordinal)
            : revocation.MarbleTypes;
        return
        [
            .. types
                .Select(type => mesh.Plans.GetValueOrDefault(type))
                .OfType<MarblePlan>()
                .SelectMany(plan => plan.Secrets.Union(plan.PreviousSecrets))
                .Distinct(StringComparer.Ordinal)
                .Order(StringComparer.Ordinal),
        ];
    }

    private static partial class Log
    {
        [LoggerMessage(
            EventIds.MarblesRevoked,
            LogLevel.Warning,
            "User '{User}' revoked Marbles by {Kind} '{Subject}': revocation {Number} is in force and fits {Count} known identities.",
            EventName = "MarblesRevoked")]
        public static partial void Revoked(ILogger logger, string user, string kind, string subject, ulong number, int count);

        [LoggerMessage(
            EventIds.RevocationRequested,
            LogLevel.Information,
            "User '{User}' agreed to revoke Marbles by {Kind} '{Subject}' (revocation {Number}); {Missing} approvals are missing.",
            EventName = "RevocationRequested")]
        public static partial void Requested(ILogger logger, string user, string kind, string subject, ulong number, int missing);

        [LoggerMessage(
            EventIds.RevocationLifted,
            LogLevel.Warning,
            "User '{User}' lifted the revocation of Marbles by {Kind} '{Subject}' (revocation {Number}).",
            EventName = "RevocationLifted")]
        public static partial void Lifted(ILogger logger, string user, string kind, string subject, ulong number);

        [LoggerMessage(
            EventIds.RevocationLiftRequested,
            LogLevel.Information,
            "User '{User}' agreed to lift revocation {Number}; {Missing} approvals are missing.",
            EventName = "RevocationLiftRequested")]
        public static partial void LiftRequested(ILogger logger, string user, ulong number, int missing);
    }
}

/// <summary>A revocation as users see it.</summary>
/// <param name="Revocation">The revocation.</param>
/// <param name="Missing">How many approvals are missing: of the revocation; once it is in force, of lifting it.</param>
/// <param name="MissingUsers">Who could agree, and has not.</param>
/// <param name="Marbles">The identities that it names, of the types that the user may see.</param>
/// <param name="Secrets">The names of the secrets that these Marbles held.</param>
internal sealed record RevocationReport(
    MarbleRevocation Revocation,
    int Missing,
    ImmutableArray<string> MissingUsers,
    IReadOnlyList<KnownMarble> Marbles,
    ImmutableArray<string> Secrets)
{
    /// <summary>Whether this call lifted it.</summary>
    public bool IsLifted { get; init; }
}
