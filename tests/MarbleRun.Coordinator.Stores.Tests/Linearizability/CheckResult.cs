namespace MarbleRun.Coordinator.Stores.Tests.Linearizability;

/// <summary>What is known of a history.</summary>
internal enum HistoryVerdict
{
    /// <summary>The limit of steps or time was reached first.</summary>
    Undecided,

    /// <summary>There is an order of the operations that explains all answers.</summary>
    Linearizable,

    /// <summary>There is no such order.</summary>
    NotLinearizable,
}

/// <summary>The outcome of a check, and what a person can understand it by.</summary>
/// <param name="Verdict">The outcome.</param>
/// <param name="Report">Empty for a linearizable history.</param>
internal sealed record CheckResult(HistoryVerdict Verdict, string Report)
{
    public static CheckResult Linearizable { get; } = new(HistoryVerdict.Linearizable, string.Empty);

    public bool IsLinearizable => Verdict == HistoryVerdict.Linearizable;

    /// <summary>Fails the test also if the check could not decide.</summary>
    public void AssertLinearizable(string history) => Assert.True(IsLinearizable, $"{history} is {Verdict}.\n{Report}");
}

/// <summary>When a check gives up.</summary>
/// <param name="Steps">How many steps of the model.</param>
/// <param name="Time">How long.</param>
internal sealed record CheckLimits(long Steps, TimeSpan Time)
{
    public static CheckLimits Default { get; } = new(20_000_000, TimeSpan.FromSeconds(30));
}
