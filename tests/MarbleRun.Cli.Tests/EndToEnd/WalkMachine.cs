using System.Diagnostics;
using System.Text.RegularExpressions;
using MarbleRun.Activation;
using MarbleRun.Attestation.Simulation;
using MarbleRun.TestSupport;

namespace MarbleRun.Cli.Tests.EndToEnd;

/// <summary>A working folder, a Coordinator in a process of its own, and the command line, one process for each command.</summary>
internal sealed partial class WalkMachine : IAsyncDisposable
{
    private readonly TemporaryDirectory _folder = new();
    private readonly Dictionary<string, string> _variables;
    private readonly List<MarbleActivation> _marbles = [];
    private Process? _coordinator;
    private Task? _reading;
    private string _mesh = "127.0.0.1:0";
    private string _client = "127.0.0.1:0";

    /// <param name="variables">Variables of all processes.</param>
    public WalkMachine(params (string Name, string Value)[] variables)
    {
        Work = Directory.CreateDirectory(_folder.File("work")).FullName;
        _variables = variables.ToDictionary(v => v.Name, v => v.Value);
        _variables["MARBLERUN_SIMULATION_DIR"] = _folder.File("simulation");
        _variables["HOME"] = Directory.CreateDirectory(_folder.File("home")).FullName;
        _variables["DOTNET_CLI_HOME"] = _folder.File("home");
        _variables["XDG_CONFIG_HOME"] = string.Empty;
        Platform = SimulationPlatform.Open(_folder.File("simulation"));
    }

    public string Work { get; }

    public SimulationPlatform Platform { get; }

    /// <summary>The client address of the Coordinator.</summary>
    public string Address => _client;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public string PathOf(string name) => Path.Combine(Work, name);

    public string Read(string name) => File.ReadAllText(PathOf(name));

    public void Write(string name, string content) => File.WriteAllText(PathOf(name), content);

    /// <summary>Starts the Coordinator, at the addresses of the start before.</summary>
    public async Task StartAsync()
    {
        _coordinator = Start(
            "dotnet",
            Path.Combine(AppContext.BaseDirectory, "MarbleRun.Coordinator.dll"),
            "--simulation",
            "--seal-directory",
            _folder.File("seal"),
            "--mesh-address",
            _mesh,
            "--client-address",
            _client);
        _coordinator.StandardInput.Close();
        _ = _coordinator.StandardError.ReadToEndAsync(CancellationToken.None);
        string text = string.Empty;
        while (await _coordinator.StandardOutput.ReadLineAsync(Cancellation) is { } line)
        {
            text += line + "\n";
            if (Listening().Match(line) is { Success: true } match)
            {
                (_mesh, _client) = (match.Groups[1].Value, match.Groups[2].Value);
                _reading = _coordinator.StandardOutput.ReadToEndAsync(CancellationToken.None);
                return;
            }
        }

        Assert.Fail($"The Coordinator did not start:\n{text}");
    }

    public async Task StopAsync()
    {
        if (_coordinator is { } process)
        {
            process.Kill();
            await process.WaitForExitAsync(CancellationToken.None);
            await (_reading ?? Task.CompletedTask);
            process.Dispose();
            _coordinator = null;
        }
    }

    /// <summary>The machine loses its key: the next start is in recovery.</summary>
    public void LoseKey() => File.Delete(_folder.File("seal/sealed_key"));

    /// <summary>Runs <c>marblerun</c> in the working folder; options for the user are words of their own.</summary>
    /// <returns>Standard output.</returns>
    public async Task<string> RunAsync(string command, string[]? user = null, int exitCode = 0)
    {
        string[] words = [.. command.Replace("ADDR", _client, StringComparison.Ordinal).Split(' '), .. user ?? []];
        using Process process = Start("dotnet", [typeof(CommandLine).Assembly.Location, .. words]);
        process.StandardInput.Close();
        Task<string> error = process.StandardError.ReadToEndAsync(Cancellation);
        string output = await process.StandardOutput.ReadToEndAsync(Cancellation);
        await process.WaitForExitAsync(Cancellation);
        string all = output + await error;
        Assert.True(exitCode == process.ExitCode, $"marblerun {command} ended with {process.ExitCode}: {all}");
        Outputs += all;
        return output;
    }

    /// <summary>All that was printed.</summary>
    public string Outputs { get; private set; } = string.Empty;

    /// <summary>Activates a Marble of this type, which is this process.</summary>
    public async Task ActivateAsync(string type) => _marbles.Add(await MarbleActivator.ActivateAsync(
        new MarbleActivatorOptions(new MarbleOptions
        {
            CoordinatorAddress = _mesh,
            MarbleType = type,
            UuidFile = _folder.File($"uuid-{type}"),
            Simulation = true,
            CoordinatorTrust = CoordinatorTrust.None,
        })
        {
            QuoteIssuer = Platform.CreateIssuer(Platform.MeasureRunningProcess()),
            ParameterTarget = new RefusingTarget(),
        },
        Cancellation));

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        _folder.Dispose();
    }

    /// <summary>Starts a program in the working folder, with the variables of all processes.</summary>
    public Process Start(string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            WorkingDirectory = Work,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach ((string name, string value) in _variables)
        {
            start.Environment[name] = value;
        }

        return Process.Start(start)!;
    }

    [GeneratedRegex(@"Marbles activate at (\S+); clients manage and verify at https://(\S+)\.$")]
    private static partial Regex Listening();
}
