using System.Net;
using System.Text.RegularExpressions;
using Grpc.Net.Client;
using MarbleNamespace1;
using MarbleRun.Identity;
using MarbleRun.Management;
using MarbleRun.Packages.Tests.Workbench;

namespace MarbleRun.Packages.Tests.Templates;

/// <summary>What <c>dotnet new marble</c> makes runs as Marbles of one mesh.</summary>
public sealed class MarbleTemplateTests(TemplateMesh mesh, PackageFeed feed) : IClassFixture<TemplateMesh>
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Web_AskedByTheWorker_AnswersOverMutualTls()
    {
        await using Job web = mesh.Start(mesh.Web);
        Match listening = await web.WaitForAsync(@"Now listening on: (\S+)", Cancellation);

        await using Job worker = mesh.Start(mesh.Worker, $"--Peer:Address={listening.Groups[1].Value} --Peer:MarbleType=my-service-2");

        await worker.WaitForAsync("The peer answered: Hello shop-orders-2, this is my-service-2\\.", Cancellation);
        Assert.Equal(0, await worker.InterruptAsync(Cancellation));
        Assert.Equal(0, await web.InterruptAsync(Cancellation));
    }

    [Fact]
    public async Task Worker_WhosePeerIsOfAnotherType_DoesNotAskIt()
    {
        await using Job web = mesh.Start(mesh.Web);
        Match listening = await web.WaitForAsync(@"Now listening on: (\S+)", Cancellation);

        await using Job worker = mesh.Start(mesh.Worker, $"--Peer:Address={listening.Groups[1].Value}");

        await worker.WaitForAsync("The peer could not be asked\\.", Cancellation);
        Assert.DoesNotContain("The peer answered", worker.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Web_CalledWithoutACertificate_RefusesTheConnection()
    {
        await using Job web = mesh.Start(mesh.Web);
        Match listening = await web.WaitForAsync(@"Now listening on: (\S+)", Cancellation);
        VerifiedDeployment deployment = await mesh.Coordinator.VerifyAsync(Cancellation);
        using HttpClient outsider = deployment.CreateHttpClient(MarblePeerPolicy.AllowTypes("my-service-2"));

        await Assert.ThrowsAsync<HttpRequestException>(() => outsider.GetStringAsync(new Uri(listening.Groups[1].Value), Cancellation));
    }

    [Fact]
    public async Task Web_ThatTheHostOpensToAnyCaller_StillAnswersMarblesAlone()
    {
        await using Job web = mesh.Start(mesh.Web, "--Marble:RequireMarbleClients=false");
        Match listening = await web.WaitForAsync(@"Now listening on: (\S+)", Cancellation);
        VerifiedDeployment deployment = await mesh.Coordinator.VerifyAsync(Cancellation);
        using HttpClient outsider = deployment.CreateHttpClient(MarblePeerPolicy.AllowTypes("my-service-2"));

        using HttpResponseMessage response = await outsider.GetAsync(new Uri(listening.Groups[1].Value), Cancellation);

        Assert.Equal(HttpStatusCode.Unauthorized, response.StatusCode);
    }

    [Fact]
    public async Task Grpc_CalledByAMarble_Answers()
    {
        await using Job grpc = mesh.Start(mesh.Grpc);
        Match listening = await grpc.WaitForAsync(@"Now listening on: (\S+)", Cancellation);
        SocketsHttpHandler marble = await mesh.Coordinator.ActivateAsync(
            "3d-shop", RunningCoordinator.BuiltProgram(mesh.Grpc), Cancellation);
        using var channel = GrpcChannel.ForAddress(listening.Groups[1].Value, new() { HttpHandler = marble, DisposeHttpClient = true });

        HelloReply reply = await new Greeter.GreeterClient(channel).SayHelloAsync(
            new HelloRequest { Name = "peer" }, cancellationToken: Cancellation);

        Assert.Equal("Hello peer, this is 3d-shop.", reply.Message);
    }

    [Fact]
    public async Task Web_WithOneChangedByte_IsRefusedWithTheReason()
    {
        string built = RunningCoordinator.BuiltProgram(mesh.Web);
        string changed = Path.Combine(feed.NewFolder("changed").Folder, Path.GetFileName(built));
        await mesh.Web.RunAsync($"cp -r '{Path.GetDirectoryName(built)}/.' '{Path.GetDirectoryName(changed)}'", Cancellation);
        await ChangeByteAsync(changed);

        (int exitCode, string output) = await mesh.Web.With("ASPNETCORE_ENVIRONMENT", "Development")
            .TryRunAsync(
                $"dotnet '{changed}' --urls https://127.0.0.1:0 --Marble:CoordinatorAddress={mesh.Coordinator.Mesh}", Cancellation);

        Assert.NotEqual(0, exitCode);
        Assert.DoesNotContain("Now listening", output, StringComparison.Ordinal);
        Assert.Matches(
            "refused to activate this Marble \\(PermissionDenied: .*package\\.unique_id: expected [0-9a-f]{64}, found [0-9a-f]{64}\\)",
            output);
    }

    /// <summary>
    /// The environment is Production, and its settings name sources of collateral, of which a simulation has none to ask.
    /// </summary>
    [Fact]
    public async Task Coordinator_PublishedAndStartedInSimulation_AdmitsSimulatedMarbles()
    {
        Terminal project = mesh.CoordinatorProject;
        string program = $"{Path.GetFileName(project.Folder)}.dll";
        Terminal published = feed.NewFolder("published coordinator");
        await project.RunAsync($"dotnet publish --output '{published.Folder}' --disable-build-servers", Cancellation);
        string settings = await File.ReadAllTextAsync(published.PathOf("appsettings.Production.json"), Cancellation);
        string built = project.PathOf("bin/Debug/net10.0");

        await using RunningCoordinator coordinator = await RunningCoordinator.StartAsync(
            published,
            $"dotnet '{program}' --simulation --startup-manifest '{built}/manifest.json' "
            + $"--Coordinator:StartupManifestSignatures='{built}/manifest.signatures.json'",
            published.PathOf(program),
            feed.Simulation,
            Cancellation);
        await using Job web = mesh.Web.Start(
            $"dotnet run --no-build -- --urls https://127.0.0.1:0 --Marble:CoordinatorAddress={coordinator.Mesh}");
        await web.WaitForAsync("Now listening on: https", Cancellation);

        Assert.Contains("\"PccsUrl\": \"https://", settings, StringComparison.Ordinal);
        Assert.Contains("The configured sources of collateral are not used", coordinator.Output, StringComparison.Ordinal);
        Assert.NotNull(await coordinator.VerifyAsync(Cancellation));
        Assert.Equal(0, await web.InterruptAsync(Cancellation));
        Assert.True(Directory.Exists(published.PathOf("marblerun-coordinator-data")));

        // What is published has the manifest of its owner, not that of a build.
        Assert.False(File.Exists(published.PathOf("manifest.json")));
    }

    [Theory]
    [InlineData("web", "Native.Web-1", "Now listening on: https")]
    [InlineData("grpc", "9-lives.Grpc", "Now listening on: https")]
    [InlineData("worker", "Work-er.3", "This Marble runs")]
    public async Task Aot_OfEachKind_IsBuiltWithoutAWarningAndRuns(string kind, string name, string ready)
    {
        Terminal folder = feed.NewFolder($"native {kind}");
        await folder.RunAsync(
            $"dotnet new marble --kind {kind} --aot --output {name}\ndotnet new marblerun-coordinator --output Coordinator --marble "
            + $"../{name}/{name}.csproj",
            Cancellation);
        Assert.Contains(
            "<PublishAot>true</PublishAot>",
            await File.ReadAllTextAsync(folder.PathOf($"{name}/{name}.csproj"), Cancellation),
            StringComparison.Ordinal);
        await folder.BuildAsync("Coordinator", Cancellation);

        await using RunningCoordinator coordinator = await RunningCoordinator.StartAsync(
            folder.In("Coordinator"), feed.Simulation, Cancellation);
        await using Job marble = folder
            .In(name)
            .Start($"dotnet run --no-build -- --urls https://127.0.0.1:0 --Marble:CoordinatorAddress={coordinator.Mesh}");

        await marble.WaitForAsync(ready, Cancellation);
        Assert.Equal(0, await marble.InterruptAsync(Cancellation));
    }

    /// <summary>A byte of the text that DOS would print, so that the program runs as before.</summary>
    private static async Task ChangeByteAsync(string program)
    {
        byte[] bytes = await File.ReadAllBytesAsync(program, Cancellation);
        int position = bytes.AsSpan().IndexOf("DOS mode"u8);
        Assert.InRange(position, 0, 128);
        bytes[position] = (byte)'d';
        await File.WriteAllBytesAsync(program, bytes, Cancellation);
    }
}
