using System.Collections.Immutable;

namespace MarbleRun.Manifests;

/// <summary>A manifest could not be read. The message is the text that a Coordinator sends for the first problem.</summary>
public sealed class ManifestException : MarbleRunException
{
    /// <summary>Initializes a new instance of the <see cref="ManifestException"/> class.</summary>
    public ManifestException()
    {
    }

    /// <summary>Initializes a new instance of the <see cref="ManifestException"/> class with a specified error message.</summary>
    /// <param name="message">The error message: what is wrong, where, and what to do.</param>
    public ManifestException(string message)
        : base(message)
    {
    }

    /// <summary>
    /// Initializes a new instance of the <see cref="ManifestException"/> class with a specified error message and the exception that caused
    /// it.
    /// </summary>
    /// <param name="message">The error message: what is wrong, where, and what to do.</param>
    /// <param name="innerException">The exception that caused this one.</param>
    public ManifestException(string message, Exception innerException)
        : base(message, innerException)
    {
    }

    /// <summary>Initializes a new instance of the <see cref="ManifestException"/> class with the problems that were found.</summary>
    /// <param name="problems">The problems, the decisive one first; not empty.</param>
    /// <exception cref="ArgumentException"><paramref name="problems"/> is empty.</exception>
    public ManifestException(ImmutableArray<ManifestProblem> problems)
        : base(problems.IsDefaultOrEmpty
            ? throw new ArgumentException("The list of problems is empty.", nameof(problems))
            : problems[0].Message)
    {
        Problems = problems;
    }

    /// <summary>
    /// Initializes a new instance of the <see cref="ManifestException"/> class with a specified error message and the problems.
    /// </summary>
    /// <param name="message">The error message: what is wrong, where, and what to do.</param>
    /// <param name="problems">The problems, the decisive one first.</param>
    public ManifestException(string message, ImmutableArray<ManifestProblem> problems)
        : base(message)
    {
        Problems = problems.IsDefault ? [] : problems;
    }

    /// <summary>
    /// All problems, errors before warnings, the decisive one first. Empty if the exception was created from a message.
    /// </summary>
    public ImmutableArray<ManifestProblem> Problems { get; } = [];
}
