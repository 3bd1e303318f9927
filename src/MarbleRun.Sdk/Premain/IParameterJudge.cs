namespace MarbleRun.Activation;

/// <summary>A target that can tell beforehand which files it will not take, so that none is written if one is refused.</summary>
internal interface IParameterJudge
{
    /// <summary>Looks at where a file would stand.</summary>
    /// <param name="path">The full path.</param>
    /// <returns>What will be written: two files must not have one place.</returns>
    /// <exception cref="IOException">It cannot be taken, and the sentence says why.</exception>
    /// <exception cref="UnauthorizedAccessException">The place cannot be looked at.</exception>
    string Judge(string path);
}
