using System.Collections.Immutable;
using MarbleRun.Management;

namespace MarbleRun.Cli.Dashboard.Views;

/// <summary>Everything that the pages show, as it was at one time.</summary>
internal sealed record DashboardView
{
    /// <summary>The client address, <c>host:port</c>.</summary>
    public required string Address { get; init; }

    /// <summary>When it was read.</summary>
    public required DateTimeOffset At { get; init; }

    /// <summary>Grows when there is something else to show.</summary>
    public long Version { get; init; }

    public WatchPhase Phase { get; init; }

    /// <summary>Why the phase is not <see cref="WatchPhase.Live"/>, or what could not be read; null if there is nothing to say.</summary>
    public string? Notice { get; init; }

    /// <summary>The verified Coordinator; null when the watch has stopped.</summary>
    public TrustedCoordinator? Coordinator { get; init; }

    /// <summary>When its quote was verified.</summary>
    public DateTimeOffset VerifiedAt { get; init; }

    public CoordinatorStatus? Status { get; init; }

    /// <summary>The manifest in force; null before the first one.</summary>
    public MeshView? Mesh { get; init; }

    /// <summary>What the user of the dashboard may do.</summary>
    public UserView User { get; init; } = UserView.None;

    public MarblesView Marbles { get; init; } = new();

    public PendingView? Pending { get; init; }

    public TrailView Trail { get; init; } = new();

    /// <summary>The lines of the update log, oldest first.</summary>
    public ImmutableArray<string> Log { get; init; } = [];
}
