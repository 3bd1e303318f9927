namespace MarbleRun.Cli.SelfTests;

/// <summary>The result of one step.</summary>
internal enum SelfTestOutcome
{
    Passed,
    Failed,

    /// <summary>The platform does not offer it.</summary>
    NotOffered,

    /// <summary>The user did not ask for it.</summary>
    NotDone,
}

/// <summary>One step of a self-test.</summary>
/// <param name="Name">A fixed name, for programs.</param>
/// <param name="Outcome">How it ended.</param>
/// <param name="Detail">What was seen, or what is wrong and what to do; never a secret.</param>
/// <param name="Duration">How long it took.</param>
internal sealed record SelfTestStep(string Name, SelfTestOutcome Outcome, string Detail, TimeSpan Duration);
