namespace MarbleRun.Manifests.Templates;

/// <summary>
/// A template is not understood, or cannot be rendered with the data at hand. The message is the text that the wire carries; it holds names and places,
/// never the values of secrets.
/// </summary>
public sealed class TemplateException : MarbleRunException
{
    /// <summary>Initializes a new instance of the <see cref="TemplateException"/> class.</summary>
    public TemplateException()
    {
    }

    /// <summary>Makes an exception with its text.</summary>
    /// <param name="message">Where the fault is, and what it is.</param>
    public TemplateException(string message)
        : base(message)
    {
    }

    /// <summary>Makes an exception with its text and its cause.</summary>
    /// <param name="message">Where the fault is, and what it is.</param>
    /// <param name="innerException">The exception that caused this one.</param>
    public TemplateException(string message, Exception innerException)
        : base(message, innerException)
    {
    }

    /// <summary>What the advice depends on.</summary>
    internal TemplateFaultKind Kind { get; init; }

    /// <summary>The same fault with its place before the text.</summary>
    internal TemplateException At(string place) => new(place + Message) { Kind = Kind };
}
