using MarbleRun.Cli.Dashboard.Views;

namespace MarbleRun.Cli.Dashboard.Pages;

/// <summary>What a page is drawn from.</summary>
/// <param name="View">What is known.</param>
/// <param name="Now">The time.</param>
internal sealed record PageContext(DashboardView View, DateTimeOffset Now);
