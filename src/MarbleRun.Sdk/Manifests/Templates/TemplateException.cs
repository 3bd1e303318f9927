namespace MarbleRun.Manifests.Templates;

/// <summary>
/// A template is invalid, or cannot be rendered with the available data. The message is the text on the wire; it contains names and places,
/// never the values of secrets.
/// </summary>
public sealed class TemplateException : MarbleRunException
{
    /// <summary>Initializes a new instance of the <see cref="TemplateException"/> class.</summary>
    public TemplateException()
    {
    }

    /// <summary>Initializes a new instance of the <see cref="TemplateException"/> class with a specified error message.</summary>
    /// <param name="message">The place of the fault, and what is wrong.</param>
    public TemplateException(string message)
        : base(message)
    {
    }

    /// <summary>
    /// Initializes a new instance of the <see cref="TemplateException"/> class with a specified error message and the exception that caused
    /// it.
    /// </summary>
    /// <param name="message">The place of the fault, and what is wrong.</param>
    /// <param name="innerException">The exception that caused this one.</param>
    public TemplateException(string message, Exception innerException)
        : base(message, innerException)
    {
    }

    /// <summary>Whether the templates together exceed a limit, which is not a fault of this template.</summary>
    public bool ExceedsLimit { get; internal init; }

    /// <summary>The kind of fault, which determines the remedy.</summary>
    internal TemplateFaultKind Kind { get; init; }

    /// <summary>Returns the same fault with its place before the text.</summary>
    internal TemplateException At(string place) => new(place + Message) { Kind = Kind, ExceedsLimit = ExceedsLimit };
}
