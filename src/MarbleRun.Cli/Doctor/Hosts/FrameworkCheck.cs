namespace MarbleRun.Cli.Doctor.Hosts;

/// <summary>The version of .NET.</summary>
internal sealed class FrameworkCheck() : SimpleCheck("runtime.version", "version of .NET", "docs/getting-started.md#the-packages")
{
    private static readonly Version s_oldest = new(10, 0);

    protected override Finding? Look(Examination examination) => examination.Machine.Runtime.Framework >= s_oldest
        ? Good($".NET {examination.Machine.Runtime.Framework}")
        : Fail($".NET {examination.Machine.Runtime.Framework}", $".NET {s_oldest} or later", "Update the runtime of the image.");
}
