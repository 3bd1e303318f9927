// The main job in one command: dotnet run quickstart.cs [--keep]
#:project src/MarbleRun.Sdk/MarbleRun.Sdk.csproj
#:project src/MarbleRun.Coordinator/MarbleRun.Coordinator.csproj
#:project samples/quickstart/backend/Quickstart.Backend.csproj
#:project samples/quickstart/frontend/Quickstart.Frontend.csproj

using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using MarbleRun;
using MarbleRun.Attestation.Simulation;
using MarbleRun.Identity;
using MarbleRun.Management;
using MarbleRun.Manifests;
using MarbleRun.Manifests.Signatures;

const string Ports = @"Marbles activate at (\S+); clients manage and verify at https://(\S+)\.";
bool keep = args.Contains("--keep");
string folder = Directory.CreateTempSubdirectory("marblerun-quickstart-").FullName;
using var stop = new CancellationTokenSource();
using var limit = CancellationTokenSource.CreateLinkedTokenSource(stop.Token);
limit.CancelAfter(TimeSpan.FromMinutes(2));
using PosixSignalRegistration interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
using PosixSignalRegistration terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
var processes = new List<Service>();
var steps = new List<string>();
try
{
    await RunAsync(limit.Token);
    Console.WriteLine($"\nAll {steps.Count} steps succeeded.");
    return 0;
}
catch (Exception exception) when (exception is StepFailedException or MarbleRunException or HttpRequestException
    or OperationCanceledException or IOException)
{
    Console.WriteLine($"\nFAILED after {steps.Count} steps: {exception.Message}");
    processes.ForEach(p => Console.WriteLine($"\n--- what {p.Name} said last ---\n{p.Tail}"));
    return 1;
}
finally
{
    processes.ForEach(p => p.Dispose());
    Directory.Delete(folder, recursive: true);
}

async Task RunAsync(CancellationToken cancellationToken)
{
    Title("1. A Coordinator starts, in simulation: real quotes and signatures under a development root, no protection by hardware");
    SimulationPlatform platform = SimulationPlatform.Open();
    Service coordinator = StartCoordinator("Coordinator", "state");
    Match ports = await coordinator.WaitForAsync(Ports, cancellationToken);
    (string mesh, string client) = (ports.Groups[1].Value, ports.Groups[2].Value);
    Done($"It runs as process {coordinator.Id}; Marbles activate at {mesh}, clients verify at {client}.");

    Title("2. The operator verifies the Coordinator before trusting it with anything");
    var expected = new CoordinatorExpectation
    {
        Verifier = platform.CreateVerifier(),
        ExpectedPackage = platform.MeasureApplication(App("MarbleRun.Coordinator")).ToPackageProperties(),
    };
    VerifiedCoordinator verified = await CoordinatorClient.VerifyCoordinatorAsync(client, expected, cancellationToken);
    Done(
        $"Its quote over a fresh nonce passed {verified.Verdict.Checks.Length} checks: this is the Coordinator with measurement "
        + $"{Short(expected.ExpectedPackage.UniqueId)}, and it holds the key of its root certificate.");

    Title("3. The owner signs a manifest, and the operator sets it: which code may join, and what it gets");
    byte[] manifest = CreateManifest(platform);
    ManifestSignature signature = Sign(platform, manifest);
    using (var management = new CoordinatorClient(verified))
    {
        await management.SetManifestAsync(manifest, [signature], cancellationToken);
    }

    Done(
        $"The owner's key {Short(signature.Key.Fingerprint)}, whose public half is part of both services, signed the manifest "
        + $"{Short(signature.ManifestFingerprint)}. It admits two Marble types by the SHA-256 over their assemblies, and gives both the "
        + $"secret GREETING_KEY, which the Coordinator makes itself.");

    Title("4. Two services start as processes of their own, make the Coordinator prove itself, and become Marbles");
    Service backend = StartMarble(
        "backend", App("Quickstart.Backend"), mesh, ("Logging__LogLevel__Microsoft.AspNetCore.Server.Kestrel.Https", "Debug"));
    string backendAddress = await backend.WaitForAddressAsync(cancellationToken);
    Done(
        $"backend is process {backend.Id} at {backendAddress}: the Coordinator proved its code and the owner's manifest, then the backend "
        + $"proved its own code and got certificate and secrets.");
    Service frontend = StartMarble("frontend", App("Quickstart.Frontend"), mesh, ("BackendAddress", backendAddress));
    string frontendAddress = await frontend.WaitForAddressAsync(cancellationToken);
    Done($"frontend is process {frontend.Id} at {frontendAddress}.");

    Title("5. An outsider verifies the whole deployment, then calls it");
    VerifiedDeployment deployment = await CoordinatorClient.VerifyAsync(
        client, expected with { ExpectedFingerprint = signature.ManifestFingerprint }, cancellationToken);
    Done($"One quote covers the root certificate, which signed the expected manifest ({Short(deployment.Fingerprint)}).");
    using HttpClient outsider = deployment.CreateHttpClient(MarblePeerPolicy.AllowTypes("frontend"));
    string answer = await outsider.GetStringAsync(new Uri($"{frontendAddress}/hello/world"), cancellationToken);
    Demand(answer.StartsWith("Hello world, signed by the backend: ", StringComparison.Ordinal), $"unexpected answer: {answer}");
    Done($"The frontend, known by its certificate under that root, asked the backend over mutual TLS and answered: {answer}");

    Title("6. A tampered backend is refused: one byte of one assembly is changed");
    Service tampered = StartMarble("backend", Tamper(App("Quickstart.Backend")), mesh);
    int exitCode = await tampered.WaitForExitAsync(cancellationToken);
    Match refusal = tampered.Find(@"marble verification failed: invalid quote: ([^\r\n)]+)");
    Demand(exitCode != 0 && refusal.Success, $"the tampered backend was not refused (exit code {exitCode})");
    Done($"It ended with exit code {exitCode}. The Coordinator's reason: {refusal.Groups[1].Value}");

    Title("7. A caller without a Marble certificate is refused by the backend");
    string seen = await RefusalOfPlainTlsAsync(deployment, backendAddress, cancellationToken);
    Match handshake = await backend.WaitForAsync(@"AuthenticationException: ([^\r\n]+)", cancellationToken);
    Done(
        $"The caller saw: {seen} The backend's reason: {handshake.Groups[1].Value} It asks for a Marble's certificate, and there was "
        + $"none.");

    Title("8. A Coordinator of somebody else, the genuine code with a manifest that the owner did not sign, is refused by the backend");
    Service foreign = StartCoordinator("foreign Coordinator", "foreign");
    Match foreignPorts = await foreign.WaitForAsync(Ports, cancellationToken);
    using (var otherOwner = new CoordinatorClient(
        await CoordinatorClient.VerifyCoordinatorAsync(foreignPorts.Groups[2].Value, expected, cancellationToken)))
    {
        await otherOwner.SetManifestAsync(manifest, cancellationToken: cancellationToken);
    }

    Service misled = StartMarble("backend", App("Quickstart.Backend"), foreignPorts.Groups[1].Value);
    exitCode = await misled.WaitForExitAsync(cancellationToken);
    refusal = misled.Find(@"nothing from it was applied: ([^\r\n]+)");
    Demand(exitCode != 0 && refusal.Success, $"the backend took something from a Coordinator of somebody else (exit code {exitCode})");
    Done($"It ended with exit code {exitCode}. The backend's reason: {refusal.Groups[1].Value}");

    if (keep)
    {
        await KeepAsync(deployment, client, frontendAddress, backendAddress);
    }
}

// The build of the services made this key beside the development root, and put its public half into them. An owner in production keeps it
// elsewhere: marblerun manifest sign.
static ManifestSignature Sign(SimulationPlatform platform, byte[] manifest)
{
    using var owner = ECDsa.Create();
    owner.ImportFromPem(File.ReadAllText(Path.Combine(platform.Directory, "owner-key.pem")));
    return ManifestSignature.Sign(Manifest.ComputeFingerprint(manifest), owner, sequence: 1);
}

byte[] CreateManifest(SimulationPlatform platform) => Encoding.UTF8.GetBytes($$$"""
    {
      "Packages": {
        "backend": { "UniqueID": "{{{platform.MeasureApplication(App("Quickstart.Backend")).UniqueId}}}" },
        "frontend": { "UniqueID": "{{{platform.MeasureApplication(App("Quickstart.Frontend")).UniqueId}}}" }
      },
      "Marbles": {
        "backend": { "Package": "backend", "Parameters": { "Env": { "GREETING_KEY": "{{ hex .Secrets.greeting }}" } } },
        "frontend": { "Package": "frontend", "Parameters": { "Env": { "GREETING_KEY": "{{ hex .Secrets.greeting }}" } } }
      },
      "Secrets": {
        "greeting": { "Type": "symmetric-key", "Size": 256, "Shared": true }
      }
    }
    """);

async Task<string> RefusalOfPlainTlsAsync(VerifiedDeployment deployment, string address, CancellationToken cancellationToken)
{
    using HttpClient anonymous = deployment.CreateHttpClient(MarblePeerPolicy.AllowTypes("backend"));
    try
    {
        using HttpResponseMessage response = await anonymous.GetAsync(new Uri($"{address}/sign/world"), cancellationToken);
        throw new StepFailedException($"the backend answered {(int)response.StatusCode} to a caller without a certificate");
    }
    catch (HttpRequestException exception)
    {
        return exception.InnerException is { } inner ? $"{exception.Message} ({inner.Message})" : exception.Message;
    }
}

string Tamper(string assembly)
{
    string copy = Path.Combine(folder, "tampered");
    Directory.CreateDirectory(copy);
    foreach (string file in Directory.EnumerateFiles(Path.GetDirectoryName(assembly)!))
    {
        File.Copy(file, Path.Combine(copy, Path.GetFileName(file)));
    }

    string target = Path.Combine(copy, Path.GetFileName(assembly));
    byte[] bytes = File.ReadAllBytes(target);

    // A letter of "This program cannot be run in DOS mode": the app runs as before, but it is not the same app.
    bytes[bytes.AsSpan().IndexOf("DOS mode"u8)] = (byte)'d';
    File.WriteAllBytes(target, bytes);
    return target;
}

async Task KeepAsync(VerifiedDeployment deployment, string client, string frontendAddress, string backendAddress)
{
    string root = Path.Combine(folder, "root.pem");
    await File.WriteAllTextAsync(root, deployment.Root.ExportCertificatePem());
    string policy = Path.Combine(folder, "coordinator-era.json");
    string measurement = SimulationPlatform.Open().MeasureApplication(App("MarbleRun.Coordinator")).UniqueId;
    await File.WriteAllTextAsync(policy, $$"""{ "UniqueID": "{{measurement}}" }""");
    Console.WriteLine($"""

        The mesh keeps running until you press Ctrl+C. Try, in another terminal in this folder:
          alias marblerun="dotnet run --project src/MarbleRun.Cli -- --era-config {policy} --coordinator-cert {folder}/pin.pem"
          marblerun status {client} --simulation
          marblerun manifest get {client} --simulation
          marblerun dashboard {client} --simulation
          curl --cacert {root} {frontendAddress}/hello/you
          curl --cacert {root} {backendAddress}/sign/you     (refused: you are not a Marble)
        """);
    await Task.Delay(Timeout.Infinite, stop.Token).ContinueWith(_ => { }, TaskScheduler.Default);
}

// Whoever stops this process stops the mesh with it, and leaves no folder behind.
void Stop(PosixSignalContext signal)
{
    signal.Cancel = true;
    stop.Cancel();
}

Service StartCoordinator(string name, string state) => Start(
    name,
    App("MarbleRun.Coordinator"),
    ["--simulation", "--mesh-address", "127.0.0.1:0", "--client-address", "127.0.0.1:0", "--seal-directory", Path.Combine(folder, state)]);

Service StartMarble(string type, string assembly, string mesh, params (string Name, string Value)[] configuration)
{
    string id = Path.Combine(folder, $"uuid-{processes.Count}");
    return Start(type, assembly, [], [
        ("EDG_MARBLE_COORDINATOR_ADDR", mesh),
        ("EDG_MARBLE_TYPE", type),
        ("EDG_MARBLE_UUID_FILE", id),
        ("OE_SIMULATION", "1"),
        ("ASPNETCORE_URLS", "https://127.0.0.1:0"),
        .. configuration,
    ]);
}

Service Start(string name, string assembly, string[] arguments, params (string Name, string Value)[] environment)
{
    var service = new Service(name, assembly, arguments, environment, folder);
    processes.Add(service);
    return service;
}

// Each app is run from its own output folder, beside the one of this file.
static string App(string project)
{
    var output = new DirectoryInfo(AppContext.BaseDirectory);
    return Path.Combine(output.Parent!.FullName, project, output.Name, $"{project}.dll");
}

void Title(string text) => Console.WriteLine($"\n{text}");

void Done(string text)
{
    steps.Add(text);
    Console.WriteLine($"   ok  {text}");
}

static void Demand(bool holds, string otherwise)
{
    if (!holds)
    {
        throw new StepFailedException(otherwise);
    }
}

static string Short(string? hex) => $"{hex?[..16]}…";

internal sealed class StepFailedException(string message) : Exception(message);

internal sealed class Service : IDisposable
{
    private readonly Process _process;
    private readonly StringBuilder _output = new();
    private readonly Lock _lock = new();
    private TaskCompletionSource _more = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public Service(
        string name,
        string assembly,
        IEnumerable<string> arguments,
        IEnumerable<(string Name, string Value)> environment,
        string workingDirectory)
    {
        Name = name;
        var start = new ProcessStartInfo(
            Environment.ProcessPath is { } host && Path.GetFileNameWithoutExtension(host) == "dotnet" ? host : "dotnet",
            ["exec", assembly, .. arguments])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = workingDirectory,
        };
        foreach ((string variable, string value) in environment)
        {
            start.Environment[variable] = value;
        }

        _process = new Process { StartInfo = start };
        _process.OutputDataReceived += (_, line) => Take(line.Data);
        _process.ErrorDataReceived += (_, line) => Take(line.Data);
        _process.Start();
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    public string Name { get; }

    public int Id => _process.Id;

    public string Tail => string.Join('\n', Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).TakeLast(12));

    private string Output
    {
        get
        {
            lock (_lock)
            {
                return _output.ToString();
            }
        }
    }

    public Match Find(string pattern) => Regex.Match(Output, pattern);

    public async Task<string> WaitForAddressAsync(CancellationToken cancellationToken) =>
        (await WaitForAsync(@"Now listening on: (\S+)", cancellationToken)).Groups[1].Value;

    public async Task<Match> WaitForAsync(string pattern, CancellationToken cancellationToken)
    {
        while (true)
        {
            Task more = _more.Task;
            Match match = Find(pattern);
            if (match.Success)
            {
                return match;
            }

            await Task.WhenAny(more, _process.WaitForExitAsync(cancellationToken)).WaitAsync(cancellationToken);
            if (_process.HasExited && !Find(pattern).Success)
            {
                throw new StepFailedException($"{Name} ended with exit code {_process.ExitCode} before it was ready");
            }
        }
    }

    public async Task<int> WaitForExitAsync(CancellationToken cancellationToken)
    {
        await _process.WaitForExitAsync(cancellationToken);
        return _process.ExitCode;
    }

    public void Dispose()
    {
        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
            _process.WaitForExit();
        }

        _process.Dispose();
    }

    private void Take(string? line)
    {
        lock (_lock)
        {
            _output.Append(line).Append('\n');
            TaskCompletionSource more = _more;
            _more = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            more.TrySetResult();
        }
    }
}
