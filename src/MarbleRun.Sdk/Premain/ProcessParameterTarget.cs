namespace MarbleRun.Activation;

/// <summary>This process: files of mode 0600 in folders of mode 0700, and variables of its environment.</summary>
internal sealed class ProcessParameterTarget(MarbleOptions options) : IParameterTarget, IParameterJudge
{
    // Not before the options are known to be right.
    private readonly Lazy<FileRules> _rules = new(() => FileRules.Of(options));

    public string Judge(string path) => _rules.Value.Locate(path);

    public void WriteFile(string path, ReadOnlyMemory<byte> content)
    {
        string place = _rules.Value.Locate(path);
        if (FileRules.IsKey(place))
        {
            PrivateFile.WriteInPlace(place, content.Span);
            return;
        }

        if (Path.GetDirectoryName(place) is { Length: > 0 } parent)
        {
            PrivateFile.CreateFolder(parent);
        }

        // Looked at once more when only the last step is left. That step replaces a name in a folder and follows nothing; what can change between the two
        // is the folder itself, by somebody who may write in the folder above.
        PrivateFile.Write(place, content.Span, () =>
        {
            if (!_rules.Value.Locate(path).Equals(place, StringComparison.Ordinal))
            {
                throw new IOException($"Something moved '{path}' while it was written.");
            }
        });
    }

    public void SetVariable(string name, string value) => Environment.SetEnvironmentVariable(name, value);
}
