namespace MarbleRun.Activation.Targets;

/// <summary>Applies parameters to this process: files of mode 0600 in folders of mode 0700, and variables of its environment.</summary>
internal sealed class ProcessParameterTarget(MarbleOptions options) : IParameterTarget, IParameterJudge
{
    // Lazy, because the options must be validated first.
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

        // The place is checked again directly before the last step. That step replaces a name in a folder and follows no link; only the
        // folder itself can change in between, by someone who may write in the folder above.
        PrivateFile.Write(place, content.Span, () =>
        {
            if (!_rules.Value.Locate(path).Equals(place, StringComparison.Ordinal))
            {
                throw new IOException($"'{path}' was moved while it was written.");
            }
        });
    }

    public void SetVariable(string name, string value) => Environment.SetEnvironmentVariable(name, value);
}
