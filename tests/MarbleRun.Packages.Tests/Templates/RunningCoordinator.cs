using System.Text.RegularExpressions;
using MarbleRun.Activation;
using MarbleRun.Attestation.Simulation;
using MarbleRun.Identity;
using MarbleRun.Management;
using MarbleRun.Packages.Tests.Workbench;
using MarbleRun.Tls;
using Microsoft.Extensions.Logging.Abstractions;

namespace MarbleRun.Packages.Tests.Templates;

/// <summary>A Coordinator that was made from the template and built, as a process on free ports.</summary>
internal sealed class RunningCoordinator : IAsyncDisposable
{
    private readonly Job _job;
    private readonly SimulationPlatform _platform;
    private readonly string _program;
    private readonly string _client;

    private RunningCoordinator(Job job, Match ready, SimulationPlatform platform, string program)
    {
        (_job, _platform, _program) = (job, platform, program);
        (Mesh, _client) = (ready.Groups["mesh"].Value, ready.Groups["client"].Value);
    }

    /// <summary>Where Marbles activate.</summary>
    public string Mesh { get; }

    /// <summary>What it logged.</summary>
    public string Output => _job.Output;

    /// <summary>Starts it from the folder of its project, which has its name.</summary>
    public static Task<RunningCoordinator> StartAsync(Terminal project, string simulation, CancellationToken cancellationToken) =>
        StartAsync(project, "dotnet run --no-build --", BuiltProgram(project), simulation, cancellationToken);

    /// <summary>Starts it by a command of its own, to which the addresses are added.</summary>
    public static async Task<RunningCoordinator> StartAsync(
        Terminal folder, string command, string program, string simulation, CancellationToken cancellationToken)
    {
        Job job = folder.Start($"{command} --mesh-address 127.0.0.1:0 --client-address 127.0.0.1:0");
        Match ready = await job.WaitForAsync(
            @"Marbles activate at (?<mesh>\S+); clients manage and verify at https://(?<client>\S+)\.", cancellationToken);
        return new(job, ready, SimulationPlatform.Open(simulation), program);
    }

    /// <summary>What the build of a project made.</summary>
    public static string BuiltProgram(Terminal project) => project.PathOf($"bin/Debug/net10.0/{Path.GetFileName(project.Folder)}.dll");

    /// <summary>As an outsider, who knows which Coordinator was built.</summary>
    public Task<VerifiedDeployment> VerifyAsync(CancellationToken cancellationToken) => CoordinatorClient.VerifyAsync(
        _client,
        new CoordinatorExpectation
        {
            Verifier = _platform.CreateVerifier(),
            ExpectedPackage = _platform.MeasureApplication(_program).ToPackageProperties(),
        },
        cancellationToken);

    /// <summary>
    /// As a Marble that runs this program: connections that show its certificate, and that only Marbles of the same type may answer.
    /// </summary>
    public async Task<SocketsHttpHandler> ActivateAsync(string marbleType, string program, CancellationToken cancellationToken)
    {
        var options = new MarbleOptions
        {
            CoordinatorAddress = Mesh,
            MarbleType = marbleType,
            UuidFile = $"{program}.test.uuid",
            CoordinatorTrust = CoordinatorTrust.None,
        };
        MarbleActivation activation = await MarbleActivator.ActivateAsync(
            new MarbleActivatorOptions(options)
            {
                QuoteIssuer = _platform.CreateIssuer(_platform.MeasureApplication(program)),
                ParameterTarget = new NoParameters(),
                Logger = NullLogger.Instance,
            },
            cancellationToken);
        return new SocketsHttpHandler
        {
            SslOptions = MarbleTls.CreateClientOptions(
                activation.Identity, MarblePeerPolicy.AllowTypes(marbleType), "localhost", TimeProvider.System, NullLogger.Instance),
        };
    }

    public ValueTask DisposeAsync() => _job.DisposeAsync();
}
