namespace MarbleRun.Activation.Targets;

/// <summary>
/// Receives the files and variables that the manifest gives a Marble. By default this is the process: its file system and its environment.
/// Register another target as a service before the host starts, or pass it to <see cref="MarbleActivatorOptions"/>, if several Marbles
/// share a process, as in tests.
/// </summary>
/// <remarks>
/// One thread calls it after all checks: first for the files, with the keys of a library OS before the others, then for the variables. An
/// <see cref="IOException"/> or <see cref="UnauthorizedAccessException"/> stops the activation with <see
/// cref="MarbleActivationFailure.ParametersNotApplied"/>. If a renewal of the identity brings other parameters, it is called again for the
/// files that are new or have another content, and not for variables; a failure then leaves the former parameters in use. The data is
/// secret: never log it.
/// </remarks>
public interface IParameterTarget
{
    /// <summary>Writes a file.</summary>
    /// <param name="path">The full path in the manifest; a relative path has been completed with the working directory.</param>
    /// <param name="content">The content; it is valid only during the call.</param>
    void WriteFile(string path, ReadOnlyMemory<byte> content);

    /// <summary>Sets a variable.</summary>
    /// <param name="name">The name: not empty, without <c>=</c> and NUL.</param>
    /// <param name="value">The value, without NUL; it may be empty.</param>
    void SetVariable(string name, string value);
}
