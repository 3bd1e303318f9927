namespace MarbleRun.Activation;

/// <summary>How much a manifest may give one Marble.</summary>
internal static class ParameterLimits
{
    /// <summary>Files; each is written through to the disk.</summary>
    public const int MostFiles = 1_024;

    public const int MostVariables = 1_024;

    /// <summary>Of the whole reply, on the wire and after it is unpacked: what gRPC takes by default, and so what the reference's Marbles take.</summary>
    public const int MostBytes = 4 * 1_024 * 1_024;
}
