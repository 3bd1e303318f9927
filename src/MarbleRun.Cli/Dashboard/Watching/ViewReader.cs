using MarbleRun.Cli.Dashboard.Views;
using MarbleRun.Management;
using MarbleRun.Management.Updates;
using MarbleRun.Manifests;
using MarbleRun.Manifests.Reading;

namespace MarbleRun.Cli.Dashboard.Watching;

/// <summary>Reads what the pages show from a verified Coordinator. What the user may not read, or what the Coordinator does not have, is
/// said in the view; a Coordinator that does not answer is an exception.</summary>
internal sealed class ViewReader(ICoordinatorDoor door, TrustedCoordinator coordinator, TimeProvider clock)
{
    private readonly TrailReader _trail = new();
    private MeshView? _mesh;

    /// <exception cref="CoordinatorException">The Coordinator cannot be reached, or its answers cannot be used.</exception>
    public async Task<DashboardView> ReadAsync(ICoordinatorClient client, CancellationToken cancellationToken)
    {
        CoordinatorStatus status = await client.GetStatusAsync(cancellationToken);
        string? notice = null;
        if (status.Phase == CoordinatorPhase.AcceptingMarbles)
        {
            notice = await ReadMeshAsync(client, cancellationToken);
        }
        else
        {
            _mesh = null;
        }

        var user = UserView.Of(_mesh?.Manifest, door.User);
        return new DashboardView
        {
            Address = door.Address,
            At = clock.GetUtcNow(),
            Notice = notice,
            Coordinator = coordinator,
            Status = status,
            Mesh = _mesh,
            User = user,
            Marbles = await ReadMarblesAsync(client, user, cancellationToken),
            Pending = await ReadPendingAsync(client, cancellationToken),
            Trail = user.Name is null
                ? new TrailView { Note = Without(user, RoleActions.ReadAudit) }
                : await _trail.ReadAsync(client, cancellationToken),
            Log = _mesh is null ? [] : [.. await client.GetUpdateLogAsync(cancellationToken)],
        };
    }

    /// <summary>Why a part is missing for a user who has no permission, or for no user.</summary>
    private static string Without(UserView user, string action) => user.HasCertificate
        ? "The certificate that this dashboard was started with belongs to no user of the manifest in force."
        : $"Start the dashboard with --cert and --key of a user with the action {action} to see this.";

    private async Task<string?> ReadMeshAsync(ICoordinatorClient client, CancellationToken cancellationToken)
    {
        SignedManifest signed = await client.GetManifestAsync(cancellationToken);
        if (!signed.IsSignedBy(coordinator.Root))
        {
            _mesh = null;
            return "The root that the quote vouches for did not sign the manifest, so the manifest is not shown.";
        }

        if (_mesh?.Signed.Fingerprint == signed.Fingerprint)
        {
            return null;
        }

        try
        {
            Manifest manifest = ManifestParser.Parse(signed.Content.Span);
            _mesh = new MeshView(signed, manifest, MeshGraphBuilder.Create(manifest));
            return null;
        }
        catch (ManifestException exception)
        {
            _mesh = null;
            return $"The manifest is genuine, but can't be read here: {exception.Message}";
        }
    }

    private static async Task<MarblesView> ReadMarblesAsync(ICoordinatorClient client, UserView user, CancellationToken cancellationToken)
    {
        if (user.Name is null)
        {
            return new MarblesView { Note = Without(user, RoleActions.ReadMarbles) };
        }

        try
        {
            return MarblesView.Of(
                (await client.GetMarblesAsync(cancellationToken)).Marbles, await client.GetRevocationsAsync(cancellationToken));
        }
        catch (CoordinatorException exception) when (IsRefusal(exception))
        {
            return new MarblesView { Note = $"The list of live Marbles is not available: {exception.Message}" };
        }
    }

    private async Task<PendingView?> ReadPendingAsync(ICoordinatorClient client, CancellationToken cancellationToken) =>
        await client.GetPendingUpdateAsync(cancellationToken) is PendingManifestUpdate update ? PendingView.Of(update, _mesh) : null;

    /// <summary>Whether the Coordinator answered that the user may not, or that it cannot.</summary>
    public static bool IsRefusal(CoordinatorException exception) => exception.ErrorCode is
        CoordinatorErrorCode.Forbidden or CoordinatorErrorCode.Unauthorized or CoordinatorErrorCode.NotFound
        or CoordinatorErrorCode.NotSupported or CoordinatorErrorCode.Rejected;
}
