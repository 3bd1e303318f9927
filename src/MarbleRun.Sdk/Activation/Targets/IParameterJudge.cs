namespace MarbleRun.Activation.Targets;

/// <summary>A target that reports in advance which files it refuses, so that no file is written if one is refused.</summary>
internal interface IParameterJudge
{
    /// <summary>Checks the place of a file.</summary>
    /// <param name="path">The full path.</param>
    /// <returns>The path that will be written: two files must not have the same place.</returns>
    /// <exception cref="IOException">The file is refused; the message has the reason.</exception>
    /// <exception cref="UnauthorizedAccessException">The place cannot be inspected.</exception>
    string Judge(string path);
}
