namespace MarbleRun.Coordinator.Templates;

/// <summary>
/// A template is not understood, or cannot be executed with the data at hand. The message is the text that the wire carries; it holds names and places,
/// never the values of secrets.
/// </summary>
internal sealed class TemplateException : MarbleRunException
{
    public TemplateException(string message)
        : base(message)
    {
    }
}
