// The whole mesh on this machine, verified as an outsider would: dotnet run start.cs
// It stays until Ctrl+C, with these after "--":
//   --once      ends after the first answer
//   --watch     runs the Marbles by dotnet watch: what is changed is in force at once
//   --measured  makes a manifest that admits exactly what was built now, as in production
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
bool isWatched = args.Contains("--watch");
var processes = new List<Process>();
try
{
    // Building the Coordinator builds the Marbles and makes the manifest.
    Console.WriteLine("Building …");
    Process build = Start("dotnet", ["build", Path.Combine(solution, "Company-Mesh1.Coordinator"), "--verbosity", "quiet", "--nologo",
        .. args.Contains("--measured") ? ["-p:MarbleManifestPin=measurement"] : Array.Empty<string>()]);
    await build.WaitForExitAsync(stop.Token);
    if (build.ExitCode != 0)
    {
        return build.ExitCode;
    }

    string client = await RunAsync("Coordinator", @"clients manage and verify at https://(\S+)\.");
    Task<string[]> marbles = Task.WhenAll(
        RunAsync("Backend", @"Now listening on: (\S+)", isWatched), RunAsync("Gateway", @"Now listening on: (\S+)", isWatched));

    // What an outsider does, while the Marbles start: one quote tells which Coordinator it is, and that it holds exactly the manifest that
    // was built.
    SimulationPlatform platform = SimulationPlatform.Open();
    string manifest = Path.Combine(Path.GetDirectoryName(App("Coordinator"))!, "manifest.json");
    VerifiedDeployment deployment = await CoordinatorClient.VerifyAsync(
        client,
        new CoordinatorExpectation
        {
            Verifier = platform.CreateVerifier(),
            ExpectedPackage = platform.MeasureApplication(App("Coordinator")).ToPackageProperties(),
            ExpectedFingerprint = Manifest.ComputeFingerprint(await File.ReadAllBytesAsync(manifest, stop.Token)),
        },
        stop.Token);
    Console.WriteLine(
        $"Verified: the Coordinator's quote passed {deployment.Verdict.Checks.Length} checks, and it holds the manifest "
        + $"{deployment.Fingerprint}.");

    string[] addresses = await marbles;
    (string backend, string gateway) = (addresses[0], addresses[1]);
    using HttpClient outsider = deployment.CreateHttpClient(MarblePeerPolicy.AllowTypes("gateway"));
    Console.WriteLine($"The gateway answers: {await outsider.GetStringAsync(new Uri($"{gateway}/hello/world"), stop.Token)}");
    if (!args.Contains("--once"))
    {
        string root = Path.Combine(solution, "Company-Mesh1.Coordinator", "marblerun-development", "root.pem");
        await File.WriteAllTextAsync(root, deployment.Root.ExportCertificatePem(), stop.Token);
        Console.WriteLine($"""

            The mesh runs until Ctrl+C. Try:
              curl --cacert "{root}" {gateway}/hello/you
              curl --cacert "{root}" {backend}/sign/you     (refused: you are not a Marble)
            """);
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
}

// Starts a program of this solution and waits for the address that it tells when it is ready.
async Task<string> RunAsync(string name, string ready, bool watch = false)
{
    string project = Path.Combine(solution, $"Company-Mesh1.{name}");
    Process process = Start("dotnet", watch ? ["watch", "--non-interactive", "run", "--no-restore"] : ["exec", App(name)], project);
    var found = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
    process.OutputDataReceived += (_, line) =>
    {
        Console.WriteLine(line.Data is null ? $"{name} ended." : $"  {name}: {line.Data}");
        if (line.Data is null)
        {
            found.TrySetException(new InvalidOperationException($"{name} ended before it was ready; it says above why."));
        }
        else if (Regex.Match(line.Data, ready) is { Success: true } match)
        {
            found.TrySetResult(match.Groups[1].Value);
        }
    };
    process.BeginOutputReadLine();
    return await found.Task.WaitAsync(stop.Token);
}

// What is read runs in its project's folder, where its appsettings.json and its files are.
Process Start(string program, string[] arguments, string? readIn = null)
{
    var start = new ProcessStartInfo(program, arguments)
    {
        RedirectStandardOutput = readIn is not null,
        WorkingDirectory = readIn ?? solution,
    };
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
