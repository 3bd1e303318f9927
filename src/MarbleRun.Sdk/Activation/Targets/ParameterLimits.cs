namespace MarbleRun.Activation.Targets;

/// <summary>The limits for the parameters of one Marble.</summary>
internal static class ParameterLimits
{
    /// <summary>The number of files; each is written through to the disk.</summary>
    public const int MostFiles = 1_024;

    public const int MostVariables = 1_024;

    /// <summary>The size of the whole reply: a Coordinator sends at most 4 MiB of files, 4 MiB of variables, and the identity.</summary>
    public const int MostBytes = 9 * 1_024 * 1_024;
}
