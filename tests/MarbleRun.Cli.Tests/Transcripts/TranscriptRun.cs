using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using MarbleRun.Cli;
using MarbleRun.Cli.Doctor.Machines;
using MarbleRun.TestSupport;

namespace MarbleRun.Cli.Tests.Transcripts;

/// <summary>Runs a transcript, and returns it with what the commands wrote this time.</summary>
internal sealed class TranscriptRun(TranscriptFile file, TranscriptMachine machine)
{
    /// <summary>Directly under a command that runs until it is interrupted: that happens once it has written to standard error.</summary>
    private const string Interruption = "^C";

    private readonly List<string> _lines = [];
    private bool _filesWritten;

    public async Task<string> RunAsync()
    {
        for (int i = 0; i < file.Lines.Count;)
        {
            string line = file.Lines[i++];
            if (TranscriptFile.ScriptOf(line) is not { } script)
            {
                _lines.Add(line);
                continue;
            }

            _lines.Add(line);
            if (!script.StartsWith("$ ", StringComparison.Ordinal))
            {
                await DirectAsync(script);
                continue;
            }

            // What follows a command is its output of an earlier run, up to prose, a command or a directive.
            string? input = null;
            bool isInterrupted = false;
            while (IsOutput(i))
            {
                if (TranscriptFile.ScriptOf(file.Lines[i]) == Interruption)
                {
                    isInterrupted = true;
                    _lines.Add(file.Lines[i]);
                }

                if (TranscriptFile.ScriptOf(file.Lines[i]) is { } next && next.StartsWith("< ", StringComparison.Ordinal))
                {
                    input = next[2..];
                    _lines.Add(file.Lines[i]);
                }

                i++;
            }

            await CommandAsync(script[2..], input, isInterrupted);
        }

        return string.Join('\n', _lines) + (file.Trailer.Length == 0 ? string.Empty : "\n" + file.Trailer);
    }

    /// <summary>Whether a line is output: indented and no step, or empty between two such lines.</summary>
    private bool IsOutput(int line)
    {
        while (line < file.Lines.Count && file.Lines[line].Length == 0)
        {
            line++;
        }

        return line < file.Lines.Count && TranscriptFile.ScriptOf(file.Lines[line]) is { } script && !IsStep(script);
    }

    private static bool IsStep(string script) =>
        script.Length > 0
        && (script.StartsWith("$ ", StringComparison.Ordinal)
            || script.StartsWith("! ", StringComparison.Ordinal)
            || script.Split(' ')[0]
                is "coordinator" or "user" or "key" or "marble" or "refused" or "manifest" or "files" or "pccs" or "tokens" or "tee"
                or "machine");

    private async Task DirectAsync(string script)
    {
        string[] words = script.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        switch (words)
        {
            case ["coordinator", .. var rest]:
                await machine.CoordinatorAsync(rest);
                break;
            case ["user", var name]:
                await machine.UserAsync(name);
                break;
            case ["key", var name]:
                await machine.KeyAsync(name);
                break;
            case ["refused", var type]:
                await EnsureFilesAsync();
                await machine.RefusedAsync(type);
                break;
            case ["marble", var type]:
                await EnsureFilesAsync();
                await machine.MarbleAsync(type);
                break;
            case ["manifest", var name]:
                await EnsureFilesAsync();
                await machine.ManifestAsync(name);
                break;
            case ["tokens"]:
                await machine.TokensAsync();
                break;
            case ["machine", "sgx"]:
                await machine.EnterSgxAsync();
                break;
            case ["tee", var world]:
                FakeTee.Enter(Enum.Parse<FakeTee.World>(world));
                break;
            case ["pccs"]:
                await machine.PccsAsync();
                break;
            case ["files"]:
                _filesWritten = false;
                await EnsureFilesAsync();
                break;
            case ["!", .. var check]:
                Check(check, script);
                break;
            case []:
                break;
            default:
                Assert.Fail($"'{script}' is not a step of a transcript.");
                break;
        }
    }

    /// <summary>The files are written before the first command, when the users and keys that they name exist.</summary>
    private async Task EnsureFilesAsync()
    {
        if (_filesWritten)
        {
            return;
        }

        _filesWritten = true;
        foreach ((string name, string content) in file.Files)
        {
            await machine.WriteAsync(name, machine.Expand(content));
        }
    }

    private void Check(string[] check, string script)
    {
        string PathOf(string name) => Path.Combine(machine.Work, machine.Expand(name));
        switch (check)
        {
            case ["exists", var name]:
                Assert.True(Path.Exists(PathOf(name)), script);
                break;
            case ["not", "exists", var name]:
                Assert.False(Path.Exists(PathOf(name)), script);
                break;
            case ["mode", var name, var mode]:
                if (!OperatingSystem.IsWindows())
                {
                    Assert.Equal(mode, Convert.ToString((int)File.GetUnixFileMode(PathOf(name)), 8));
                }

                break;
            case ["same", var left, var right]:
                Assert.Equal(File.ReadAllBytes(PathOf(left)), File.ReadAllBytes(PathOf(right)));
                break;
            case ["contains", var name, .. var text]:
                Assert.Contains(machine.Expand(string.Join(' ', text)), File.ReadAllText(PathOf(name)), StringComparison.Ordinal);
                break;
            case ["json", var name, var path, .. var value]:
                using (var document = JsonDocument.Parse(File.ReadAllBytes(PathOf(name))))
                {
                    JsonElement found = path[2..].Split('.').Aggregate(
                        document.RootElement, (element, member) => element.GetProperty(member));
                    Assert.Equal(machine.Expand(string.Join(' ', value)), found.ToString());
                }

                break;
            default:
                Assert.Fail($"'{script}' is not a check of a transcript.");
                break;
        }
    }

    private async Task CommandAsync(string command, string? input, bool isInterrupted)
    {
        await EnsureFilesAsync();
        string[] words = Words(machine.Expand(command));
        Assert.Equal("marblerun", words[0]);
        using var output = new StringWriter { NewLine = "\n" };
        using var interruption = new CancellationTokenSource();
        using var error = new ErrorWriter(isInterrupted ? interruption : null) { NewLine = "\n" };
        int exitCode = await RunAsync(words[1..], output, error, input, interruption.Token);
        AddLines(output.ToString(), string.Empty);
        AddLines(error.ToString(), "2> ");
        if (exitCode != 0)
        {
            _lines.Add(TranscriptFile.LineOf(string.Create(CultureInfo.InvariantCulture, $"[exit {exitCode}]")));
        }
    }

    private async Task<int> RunAsync(string[] args, TextWriter output, TextWriter error, string? input, CancellationToken interruption)
    {
        ThisMachine.Current = new DoctorMachine(machine.MachineQuote);
        CommandEnvironment.Current = new CommandEnvironment
        {
            WorkingDirectory = machine.Work,
            GetVariable = name => name switch
            {
                "HOME" => machine.Home,
                "MARBLERUN_SIMULATION_DIR" => machine.SimulationDirectory,
                _ => null,
            },
            OpenInput = () => input is null ? Stream.Null : File.OpenRead(Path.Combine(machine.Work, input)),
            IsInteractive = false,
        };
        return await CommandLine.RunAsync(
            args,
            new InvocationConfiguration { Output = output, Error = error, EnableDefaultExceptionHandler = false },
            interruption);
    }

    private void AddLines(string text, string prefix)
    {
        if (text.Length == 0)
        {
            return;
        }

        string normal = TranscriptText.Normalize(text, machine.Names);

        // Empty lines at the end cannot be told from those of the document.
        string[] lines = (normal.EndsWith('\n') ? normal.TrimEnd('\n') : normal + "\\").Split('\n');
        _lines.AddRange(lines.Select(line => TranscriptFile.LineOf(prefix + line)));
    }

    /// <summary>Words are separated by blanks; quotes of either kind keep blanks together.</summary>
    private static string[] Words(string command)
    {
        var words = new List<string>();
        var word = new System.Text.StringBuilder();
        char quote = '\0';
        bool isWord = false;
        foreach (char c in command)
        {
            if (quote == '\0' && c is '\'' or '"' && quote == '\0')
            {
                quote = c;
                isWord = true;
            }
            else if (c == quote)
            {
                quote = '\0';
            }
            else if (c == ' ' && quote == '\0')
            {
                if (isWord)
                {
                    words.Add(word.ToString());
                }

                word.Clear();
                isWord = false;
            }
            else
            {
                word.Append(c);
                isWord = true;
            }
        }

        if (isWord)
        {
            words.Add(word.ToString());
        }

        return [.. words];
    }

    /// <summary>Standard error; the first line of a command that is to be interrupted does it.</summary>
    private sealed class ErrorWriter(CancellationTokenSource? interruption) : StringWriter
    {
        public override async Task WriteLineAsync()
        {
            await base.WriteLineAsync();
            if (interruption is not null && ToString().Contains("Ctrl+C", StringComparison.Ordinal))
            {
                await interruption.CancelAsync();
            }
        }
    }
}
