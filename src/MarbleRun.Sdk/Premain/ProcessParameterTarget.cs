namespace MarbleRun.Activation;

/// <summary>This process: files of mode 0600 in folders of mode 0700, and variables of its environment.</summary>
internal sealed class ProcessParameterTarget : IParameterTarget
{
    private ProcessParameterTarget()
    {
    }

    public static ProcessParameterTarget Instance { get; } = new();

    public void WriteFile(string path, ReadOnlyMemory<byte> content)
    {
        if (ParameterPlan.IsKey(path))
        {
            PrivateFile.WriteInPlace(path, content.Span);
            return;
        }

        if (Path.GetDirectoryName(path) is { Length: > 0 } parent)
        {
            PrivateFile.CreateFolder(parent);
        }

        PrivateFile.Write(path, content.Span);
    }

    public void SetVariable(string name, string value) => Environment.SetEnvironmentVariable(name, value);
}
