namespace MarbleRun.Activation;

/// <summary>How much a manifest may give one Marble.</summary>
internal static class ParameterLimits
{
    /// <summary>Files; each is written through to the disk.</summary>
    public const int MostFiles = 1_024;

    public const int MostVariables = 1_024;

    /// <summary>Of the whole reply: a Coordinator gives 4 MiB of files and 4 MiB of variables at most, and the identity.</summary>
    public const int MostBytes = 9 * 1_024 * 1_024;
}
