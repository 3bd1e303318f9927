using MarbleRun.Attestation.Simulation;

namespace MarbleRun.Cli;

/// <summary>
/// The surroundings of a run: working directory, variables, standard input, clock. They belong to the process, except in tests, which run
/// several commands at once.
/// </summary>
internal sealed class CommandEnvironment
{
    private static readonly AsyncLocal<CommandEnvironment?> s_current = new();
    private static readonly CommandEnvironment s_process = new()
    {
        GetVariable = Environment.GetEnvironmentVariable,
        OpenInput = Terminal.OpenInput,
        OpenOutput = Terminal.OpenOutput,
        IsErrorSeen = Terminal.IsErrorSeen,
    };

    private int _inputIsTaken;

    /// <summary>The surroundings of the command that runs.</summary>
    public static CommandEnvironment Current
    {
        get => s_current.Value ?? s_process;
        set => s_current.Value = value;
    }

    public required Func<string, string?> GetVariable { get; init; }

    public required Func<Stream> OpenInput { get; init; }

    /// <summary>Standard output for bytes; null if there is only the text writer of the run.</summary>
    public Func<Stream>? OpenOutput { get; init; }

    /// <summary>The folder of relative paths; null for the process's.</summary>
    public string? WorkingDirectory { get; init; }

    /// <summary>Whether the user sees the output, and can be asked.</summary>
    public bool IsInteractive { get; init; } = Terminal.CanAsk;

    /// <summary>Whether the user sees standard error while the command runs.</summary>
    public bool IsErrorSeen { get; init; }

    public TimeProvider Clock { get; init; } = TimeProvider.System;

    /// <summary>The folder of the user's settings, as the reference's command line chooses it; null if it has no place.</summary>
    public string? ConfigDirectory =>
        OperatingSystem.IsWindows() ? NotEmpty("AppData")
        : OperatingSystem.IsMacOS() ? Below(NotEmpty("HOME"), "Library/Application Support")
        : NotEmpty("XDG_CONFIG_HOME") ?? Below(NotEmpty("HOME"), ".config");

    public string Resolve(string path) => WorkingDirectory is null ? path : Path.Combine(WorkingDirectory, path);

    /// <summary>Opens the simulation of this machine, in the folder that its variable names.</summary>
    public SimulationPlatform OpenSimulation() => SimulationPlatform.Open(GetVariable("MARBLERUN_SIMULATION_DIR"));

    /// <summary>Whether <see cref="OpenSimulation"/> finds a simulation, and does not create it.</summary>
    public bool HasSimulation() => SimulationPlatform.Exists(GetVariable("MARBLERUN_SIMULATION_DIR"));

    /// <summary>Standard input can be read only once.</summary>
    public bool TryTakeInput() => Interlocked.Exchange(ref _inputIsTaken, 1) == 0;

    private static string? Below(string? folder, string name) => folder is null ? null : Path.Combine(folder, name);

    private string? NotEmpty(string name) => GetVariable(name) is { Length: > 0 } value ? value : null;
}
