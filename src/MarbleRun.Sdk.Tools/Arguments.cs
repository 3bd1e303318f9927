namespace MarbleRun.Sdk.Tools;

/// <summary>
/// The arguments of the targets: a command, and <c>--name=value</c>, each on a line of a file that an environment variable names. A shell
/// would interpret paths and names: a folder may be called <c>$(anything)</c>.
/// </summary>
internal sealed class Arguments
{
    private const string Variable = "MARBLERUN_ARGUMENTS";

    private readonly List<(string Name, string Value)> _pairs = [];

    private Arguments(string command) => Command = command;

    public string Command { get; }

    public static Arguments Read()
    {
        string file = Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } path
            ? path
            : throw new BuildException(
                $"{Variable} does not name a file of arguments. Run this program through the targets of MarbleRun.Sdk.");
        string[] lines = File.ReadAllLines(file);
        var result = new Arguments(lines is [{ } command, ..] ? command : string.Empty);
        foreach (string line in lines.Skip(1))
        {
            string[] parts = line.Split('=', 2);
            result._pairs.Add(parts is [{ } name, { } value] ? (name, value) : throw new BuildException($"'{line}' is not --name=value."));
        }

        return result;
    }

    public IEnumerable<string> All(string name) => _pairs.Where(p => p.Name == name).Select(p => p.Value);

    public string Get(string name) => All(name).LastOrDefault() ?? throw new BuildException($"{name} is missing.");
}
