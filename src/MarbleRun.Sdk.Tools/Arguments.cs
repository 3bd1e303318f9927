namespace MarbleRun.Sdk.Tools;

/// <summary>Pairs of <c>--name value</c>; a name may come more than once.</summary>
internal sealed class Arguments
{
    private readonly List<(string Name, string Value)> _pairs = [];

    public static Arguments Parse(string[] args)
    {
        var result = new Arguments();
        for (int i = 0; i + 1 < args.Length; i += 2)
        {
            result._pairs.Add((args[i], args[i + 1]));
        }

        return args.Length % 2 == 0 ? result : throw new BuildException($"{args[^1]} has no value.");
    }

    public IEnumerable<string> All(string name) => _pairs.Where(p => p.Name == name).Select(p => p.Value);

    public string? Find(string name) => All(name).LastOrDefault();

    public string Get(string name) => Find(name) ?? throw new BuildException($"{name} is missing.");
}
