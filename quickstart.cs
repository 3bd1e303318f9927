// The main job in one command: dotnet run quickstart.cs -- [--keep] [--replicas N --store CONNECTION]
// With --replicas, so many Coordinators act as one over a PostgreSQL: CONNECTION has the keywords of Npgsql, and the password comes from
// PGPASSWORD or PGPASSFILE.
#:project src/MarbleRun.Sdk/MarbleRun.Sdk.csproj
#:project src/MarbleRun.Coordinator/MarbleRun.Coordinator.csproj
#:project samples/quickstart/backend/Quickstart.Backend.csproj
#:project samples/quickstart/frontend/Quickstart.Frontend.csproj

using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
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
if (!Arguments.TryParse(args, out Arguments? arguments))
{
    Console.Error.WriteLine("Usage: dotnet run quickstart.cs -- [--keep] [--replicas N --store CONNECTION]");
    return 2;
}

(bool keep, int replicas, string? store) = arguments;
string program = store is null ? "MarbleRun.Coordinator" : "HighAvailability.Coordinator";
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
    if (store is not null)
    {
        await BuildAsync("samples/high-availability/Coordinator", limit.Token);
    }

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
    string start = replicas == 1 ? "A Coordinator starts" : $"{replicas} Coordinators start over one store";
    Title($"1. {start}, in simulation: real quotes and signatures under a development root, no protection by hardware");
    SimulationPlatform platform = SimulationPlatform.Open();
    string state = $"quickstart-{Guid.NewGuid():N}";
    string[] peers = [.. Enumerable.Range(0, replicas + 1).Select(_ => $"127.0.0.1:{FreePort()}")];
    Service[] coordinators = [.. Enumerable.Range(0, replicas).Select(i => StartReplica(i, state, peers))];
    Match[] ports = await Task.WhenAll(coordinators.Select(c => c.WaitForAsync(Ports, cancellationToken)));
    string mesh = string.Join(',', ports.Select(p => p.Groups[1].Value));
    string[] clients = [.. ports.Select(p => p.Groups[2].Value)];
    string client = clients[0];
    string ids = string.Join(", ", coordinators.Select(c => c.Id));
    Done($"Process {ids}; Marbles activate at {mesh}, clients verify at {string.Join(',', clients)}.");
    if (replicas > 1)
    {
        Done(
            "They act as one: one of them made the root certificate, and each other one got the keys from one that had them, after both "
            + "had attested each other.");
    }

    Title("2. The operator verifies the Coordinator before trusting it with anything");
    var expected = new CoordinatorExpectation
    {
        Verifier = platform.CreateVerifier(),
        ExpectedPackage = platform.MeasureApplication(App(program)).ToPackageProperties(),
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
    Service foreign = StartCoordinator("foreign Coordinator", "foreign", $"{state}-foreign", "--Coordinator:Peers:Address=");
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

    if (replicas > 1)
    {
        Title("9. A Coordinator is killed: the others go on, and one on a new machine takes its place");
        coordinators[0].Kill();
        client = clients[1];
        Service another = StartMarble("frontend", App("Quickstart.Frontend"), mesh, ("BackendAddress", backendAddress));
        string anotherAddress = await another.WaitForAddressAsync(cancellationToken);
        answer = await outsider.GetStringAsync(new Uri($"{anotherAddress}/hello/again"), cancellationToken);
        Done($"Another frontend was given all addresses, activated at a Coordinator that is left, and answered: {answer}");
        Service replaced = StartReplica(replicas, state, peers);
        Match newPorts = await replaced.WaitForAsync(Ports, cancellationToken);
        VerifiedDeployment same = await CoordinatorClient.VerifyAsync(
            newPorts.Groups[2].Value, expected with { ExpectedFingerprint = signature.ManifestFingerprint }, cancellationToken);
        Demand(same.Root.Equals(deployment.Root), "the new Coordinator has another root certificate");
        Done($"Process {replaced.Id}, a Coordinator with an empty disk, got the keys from a peer: the same root, the same manifest.");
    }

    if (keep)
    {
        await KeepAsync(deployment, client, frontendAddress, backendAddress);
    }

    if (store is not null)
    {
        Console.WriteLine($"""

            The database keeps what the Coordinators sealed. To delete it, for each of the tables marblerun.state and marblerun.blob:
              DELETE FROM marblerun.state WHERE deployment LIKE '{state}%'
            """);
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
    string measurement = SimulationPlatform.Open().MeasureApplication(App(program)).UniqueId;
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

// Each replica has a disk of its own; over PostgreSQL only its audit trail is there.
Service StartReplica(int number, string state, string[] peers) => StartCoordinator(
    store is null ? "Coordinator" : $"Coordinator {number + 1}",
    $"state-{number}",
    state,
    $"--Coordinator:Store:Replica=c{number + 1}",
    $"--Coordinator:Peers:Address={peers[number]}",
    $"--Coordinator:Peers:Addresses={string.Join(',', peers)}");

Service StartCoordinator(string name, string disk, string deployment, params string[] more) => Start(
    name,
    App(program),
    [
        .. store is null ? [] : (string[])["postgresql", $"--Coordinator:Store:PostgreSql:Deployment={deployment}"],
        "--simulation",
        "--mesh-address",
        "127.0.0.1:0",
        "--client-address",
        "127.0.0.1:0",
        "--seal-directory",
        Path.Combine(folder, disk),
        .. store is null ? [] : more,
    ],
    store is null ? [] : [("Coordinator__Store__PostgreSql__ConnectionString", store)]);

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
    var service = new Service(name, ["exec", assembly, .. arguments], environment, folder);
    processes.Add(service);
    return service;
}

static int FreePort()
{
    using var listener = new TcpListener(IPAddress.Loopback, 0);
    listener.Start();
    return ((IPEndPoint)listener.LocalEndpoint).Port;
}

// The program of the sample, with the client of a database, is not built unless it is needed.
async Task BuildAsync(string project, CancellationToken cancellationToken)
{
    var here = (string)AppContext.GetData("EntryPointFileDirectoryPath")!;
    using var build = new Service("The build", ["build", project, "--nologo", "--verbosity", "quiet"], [], here);
    Demand(await build.WaitForExitAsync(cancellationToken) == 0, $"{project} was not built:\n{build.Tail}");
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

/// <param name="Keep">Whether the mesh runs on after the last step.</param>
/// <param name="Replicas">How many Coordinators act as one.</param>
/// <param name="Store">The PostgreSQL that they share, without a password.</param>
internal sealed record Arguments(bool Keep, int Replicas, string? Store)
{
    public static bool TryParse(string[] args, [NotNullWhen(true)] out Arguments? arguments)
    {
        arguments = new Arguments(false, 1, null);
        for (int i = 0; i < args.Length; i++)
        {
            string? value = args.ElementAtOrDefault(i + 1);
            switch (args[i])
            {
                case "--keep":
                    arguments = arguments with { Keep = true };
                    break;
                case "--replicas" when int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out int count) && count > 0:
                    arguments = arguments with { Replicas = count };
                    i++;
                    break;
                case "--store" when value is not null:
                    arguments = arguments with { Store = value };
                    i++;
                    break;
                default:
                    return false;
            }
        }

        // One Coordinator over a folder, or several over a store.
        return arguments.Replicas == 1 || arguments.Store is not null;
    }
}

internal sealed class StepFailedException(string message) : Exception(message);

internal sealed class Service : IDisposable
{
    private readonly Process _process;
    private readonly StringBuilder _output = new();
    private readonly Lock _lock = new();
    private TaskCompletionSource _more = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public Service(
        string name,
        IEnumerable<string> arguments,
        IEnumerable<(string Name, string Value)> environment,
        string workingDirectory)
    {
        Name = name;
        var start = new ProcessStartInfo(
            Environment.ProcessPath is { } host && Path.GetFileNameWithoutExtension(host) == "dotnet" ? host : "dotnet",
            arguments)
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

    public void Kill()
    {
        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
            _process.WaitForExit();
        }
    }

    public void Dispose()
    {
        Kill();
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
