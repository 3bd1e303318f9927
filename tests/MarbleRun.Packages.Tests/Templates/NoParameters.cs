using MarbleRun.Activation.Targets;

namespace MarbleRun.Packages.Tests.Templates;

/// <summary>Takes what a manifest gives to a Marble of the test, of which the test wants the identity alone.</summary>
internal sealed class NoParameters : IParameterTarget
{
    public void WriteFile(string path, ReadOnlyMemory<byte> content)
    {
    }

    public void SetVariable(string name, string value)
    {
    }
}
