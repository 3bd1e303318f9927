namespace MarbleRun.Activation;

/// <summary>
/// Where the files and variables go that the manifest gives a Marble. By default that is this process: its file system and its environment. Register another one
/// as a service before the host starts, or pass it to <c>Premain.ActivateAsync</c>, where several Marbles share a process, as in tests.
/// </summary>
/// <remarks>
/// It is called after everything has been checked, by one thread: first for the files, the keys of a library OS before the others, then for the variables.
/// An <see cref="IOException"/> or <see cref="UnauthorizedAccessException"/> stops the activation with
/// <see cref="MarbleActivationFailure.ParametersNotApplied"/>. What it gets is secret: never log it.
/// </remarks>
public interface IParameterTarget
{
    /// <summary>Takes a file.</summary>
    /// <param name="path">The full path that the manifest names; a relative one has been completed by the working directory.</param>
    /// <param name="content">The content; it is good during the call alone.</param>
    void WriteFile(string path, ReadOnlyMemory<byte> content);

    /// <summary>Takes a variable.</summary>
    /// <param name="name">The name: not empty, without <c>=</c> and NUL.</param>
    /// <param name="value">The value, without NUL; it may be empty.</param>
    void SetVariable(string name, string value);
}
