using System.Text.RegularExpressions;
using MarbleRun.Packages.Tests.Workbench;

namespace MarbleRun.Packages.Tests.Templates;

/// <summary>
/// A Marble of each kind and a Coordinator that admits them, made from the templates under awkward names, built without a warning, and
/// started.
/// </summary>
public sealed class TemplateMesh(PackageFeed feed) : IAsyncLifetime
{
    private readonly Terminal _folder = feed.NewFolder("mesh of templates");

    internal Terminal Web => _folder.In("My-Service.2");

    internal Terminal Grpc => _folder.In("3d.shop");

    internal Terminal Worker => _folder.In("Shop.Orders-2");

    internal Terminal CoordinatorProject => _folder.In("Company.Co-ordinator.1");

    internal RunningCoordinator Coordinator { get; private set; } = null!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        await _folder.RunAsync(
            """
            dotnet new marble --output My-Service.2
            dotnet new marble --kind grpc --output 3d.shop
            dotnet new marble --kind worker --output Shop.Orders-2
            dotnet new marblerun-coordinator --output Company.Co-ordinator.1 --marble ../My-Service.2/My-Service.2.csproj
            """,
            Cancellation);
        Terminal coordinator = CoordinatorProject;

        // For another service, add one there, and its package and Marble to the template.
        await AddAfterAsync(
            coordinator.PathOf("Company.Co-ordinator.1.csproj"),
            """<MarbleProject Include="../My-Service.2/My-Service.2.csproj" Package="my-service-2" />""",
            """
            <MarbleProject Include="../3d.shop/3d.shop.csproj" Package="3d-shop" />
            <MarbleProject Include="../Shop.Orders-2/Shop.Orders-2.csproj" Package="shop-orders-2" />
            """);

        // Exactly what was built, as in production.
        await AddAfterAsync(
            coordinator.PathOf("Company.Co-ordinator.1.csproj"),
            "<MarbleSecurityVersion>1</MarbleSecurityVersion>",
            "<MarbleManifestPin>measurement</MarbleManifestPin>");
        await AddAfterAsync(
            coordinator.PathOf("manifest.template.json"), "\"my-service-2\": {}", """, "3d-shop": {}, "shop-orders-2": {}""");
        await AddAfterAsync(
            coordinator.PathOf("manifest.template.json"),
            "\"Marbles\": {",
            """ "3d-shop": { "Package": "3d-shop", "AllowedDNSNames": [ "localhost" ] }, "shop-orders-2": { "Package": "shop-orders-2", "AllowedDNSNames": [ "localhost" ] },""");
        await _folder.BuildAsync("Company.Co-ordinator.1", Cancellation);
        Coordinator = await RunningCoordinator.StartAsync(coordinator, feed.Simulation, Cancellation);
    }

    public ValueTask DisposeAsync() => Coordinator?.DisposeAsync() ?? ValueTask.CompletedTask;

    /// <summary>Starts a Marble as it was built.</summary>
    internal Job Start(Terminal project, string arguments = "") =>
        project.Start($"dotnet run --no-build -- --urls https://127.0.0.1:0 --Marble:CoordinatorAddress={Coordinator.Mesh} {arguments}");

    private static async Task AddAfterAsync(string file, string place, string text)
    {
        string content = await File.ReadAllTextAsync(file, Cancellation);
        Assert.Single(Regex.Matches(content, Regex.Escape(place)));
        await File.WriteAllTextAsync(file, content.Replace(place, place + text, StringComparison.Ordinal), Cancellation);
    }
}
