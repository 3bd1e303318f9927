namespace MarbleRun.Cli.Doctor.Machines;

/// <summary>The machine that the command examines: that of the process, except in tests, whose machine is the same everywhere.</summary>
internal static class ThisMachine
{
    private static readonly AsyncLocal<IMachine?> s_current = new();

    /// <summary>The machine of a test; null for that of the process.</summary>
    public static IMachine? Current
    {
        get => s_current.Value;
        set => s_current.Value = value;
    }
}
