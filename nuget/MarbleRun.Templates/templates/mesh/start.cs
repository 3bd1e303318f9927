// The whole mesh on this machine, verified as an outsider would: dotnet run start.cs
// It stays until Ctrl+C; "dotnet run start.cs -- --once" ends after the first answer.
#:package MarbleRun.Sdk@MARBLERUN_VERSION

using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text.RegularExpressions;
using MarbleRun;
using MarbleRun.Attestation.Simulation;
using MarbleRun.Identity;
using MarbleRun.Management;
using MarbleRun.Manifests;

using var stop = new CancellationTokenSource();
using PosixSignalRegistration interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
using PosixSignalRegistration terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
using PosixSignalRegistration hangUp = PosixSignalRegistration.Create(PosixSignal.SIGHUP, Stop);
string solution = Path.GetDirectoryName((string)AppContext.GetData("EntryPointFilePath")!)!;
string folder = Directory.CreateTempSubdirectory("marblerun-start-").FullName;
var processes = new List<Process>();
try
{
    // Building the Coordinator builds the Marbles, measures them, and makes the manifest.
    Console.WriteLine("Building …");
    Process build = Start("dotnet", ["build", Path.Combine(solution, "Company-Mesh1.Coordinator"), "--verbosity", "quiet", "--nologo"]);
    await build.WaitForExitAsync(stop.Token);
    if (build.ExitCode != 0)
    {
        return build.ExitCode;
    }

    Match ports = await RunAsync("Coordinator", @"Marbles activate at (\S+); clients manage and verify at https://(\S+)\.",
        "--mesh-address", "127.0.0.1:0", "--client-address", "127.0.0.1:0", "--seal-directory", Path.Combine(folder, "state"));
    (string mesh, string client) = (ports.Groups[1].Value, ports.Groups[2].Value);
    string backend = await RunMarbleAsync("Backend", mesh);
    string gateway = await RunMarbleAsync("Gateway", mesh, $"--Backend={backend}");

    // What an outsider does: one quote tells which Coordinator it is, and that it holds exactly the manifest that was built.
    SimulationPlatform platform = SimulationPlatform.Open();
    string manifest = Path.Combine(Path.GetDirectoryName(App("Coordinator"))!, "manifest.json");
    VerifiedDeployment deployment = await CoordinatorClient.VerifyAsync(
        client,
        new CoordinatorVerification
        {
            Verifier = platform.CreateVerifier(),
            ExpectedPackage = platform.MeasureApplication(App("Coordinator")).ToPackageProperties(),
            ExpectedFingerprint = Manifest.ComputeFingerprint(await File.ReadAllBytesAsync(manifest, stop.Token)),
        },
        stop.Token);
    Console.WriteLine($"Verified: the Coordinator's quote passed {deployment.Verdict.Checks.Length} checks, and it holds the manifest {deployment.Fingerprint}.");

    using HttpClient outsider = deployment.CreateHttpClient(MarblePeerPolicy.AllowTypes("gateway"));
    Console.WriteLine($"The gateway answers: {await outsider.GetStringAsync(new Uri($"{gateway}/hello/world"), stop.Token)}");
    if (!args.Contains("--once"))
    {
        string root = Path.Combine(folder, "root.pem");
        await File.WriteAllTextAsync(root, deployment.Root.ExportCertificatePem(), stop.Token);
        Console.WriteLine($"\nThe mesh runs until Ctrl+C. Try:\n  curl --cacert {root} {gateway}/hello/you\n  curl --cacert {root} {backend}/sign/you     (refused: you are no Marble)");
        await Task.Delay(Timeout.Infinite, stop.Token);
    }

    return 0;
}
catch (OperationCanceledException) when (stop.IsCancellationRequested)
{
    return 0;
}
catch (Exception exception) when (exception is MarbleRunException or HttpRequestException or IOException or InvalidOperationException)
{
    Console.WriteLine($"\nFAILED: {exception.Message}");
    return 1;
}
finally
{
    foreach (Process process in processes)
    {
        process.Kill(entireProcessTree: true);
        process.WaitForExit();
        process.Dispose();
    }

    Directory.Delete(folder, recursive: true);
}

async Task<string> RunMarbleAsync(string name, string mesh, params string[] arguments)
{
    Match listening = await RunAsync(name, @"Now listening on: (\S+)",
        ["--urls", "https://127.0.0.1:0", $"--Marble:CoordinatorAddress={mesh}", $"--Marble:UuidFile={Path.Combine(folder, $"{name}.uuid")}", .. arguments]);
    return listening.Groups[1].Value;
}

// Starts a program of this solution and waits for what it says when it is ready.
async Task<Match> RunAsync(string name, string ready, params string[] arguments)
{
    Process process = Start("dotnet", ["exec", App(name), .. arguments], Path.Combine(solution, $"Company-Mesh1.{name}"));
    var found = new TaskCompletionSource<Match>(TaskCreationOptions.RunContinuationsAsynchronously);
    process.OutputDataReceived += (_, line) =>
    {
        Console.WriteLine(line.Data is null ? $"{name} ended." : $"  {name}: {line.Data}");
        if (line.Data is null)
        {
            found.TrySetException(new InvalidOperationException($"{name} ended before it was ready; it says above why."));
        }
        else if (Regex.Match(line.Data, ready) is { Success: true } match)
        {
            found.TrySetResult(match);
        }
    };
    process.BeginOutputReadLine();
    return await found.Task.WaitAsync(stop.Token);
}

// A program that is watched runs in its project's folder, where its appsettings.json is.
Process Start(string program, string[] arguments, string? watchedIn = null)
{
    var start = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = watchedIn is not null, WorkingDirectory = watchedIn ?? solution };
    start.Environment["ASPNETCORE_ENVIRONMENT"] = "Development";
    Process process = Process.Start(start)!;
    processes.Add(process);
    return process;
}

string App(string name) => Path.Combine(solution, $"Company-Mesh1.{name}", "bin", "Debug", "net10.0", $"Company-Mesh1.{name}.dll");

void Stop(PosixSignalContext signal)
{
    signal.Cancel = true;
    stop.Cancel();
}
