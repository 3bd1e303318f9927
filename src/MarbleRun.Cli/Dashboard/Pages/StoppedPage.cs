namespace MarbleRun.Cli.Dashboard.Pages;

/// <summary>The only page after something else answered at the Coordinator's address.</summary>
internal static class StoppedPage
{
    public static string Write(PageContext context) => Layout.Write(context, "/stopped", "Stopped", isLive: false, html =>
        html.Add($"""<p class="banner bad" role="alert"><strong>Another Coordinator answers at this address.</strong> """)
            .Add($"{context.View.Notice}</p>")
            .Add($"<p>Nothing of it is shown, and nothing is sent to it. End this dashboard, find out who replaced the ")
            .Add($"Coordinator, and run ")
            .Add($"<code>marblerun manifest verify</code> before you trust the address again.</p>"));
}
