namespace MarbleRun.Cli.Doctor.Marbles;

/// <summary>The type of the Marble.</summary>
internal sealed class TypeCheck() : MarbleCheck("marble.type", "EDG_MARBLE_TYPE", "docs/getting-started.md#an-existing-service")
{
    protected override Task<Finding?> LookAsync(Examination examination, CancellationToken cancellationToken) => Task.FromResult<Finding?>(
        examination.Variable(MarbleType) is { } type
            ? Good(type)
            : Fail(
                $"{MarbleType} is not set",
                "a key of Marbles in the manifest",
                $"Set {MarbleType}, or Marble:MarbleType in the configuration of the service."));
}
