namespace MarbleRun.Attestation.Checks;

/// <summary>A check of evidence: a rule and a function from the context to a failure or null.</summary>
/// <typeparam name="T">The data that the check uses.</typeparam>
/// <param name="Rule">The name, the source and the remedy.</param>
/// <param name="Find">Runs the check. Returns the failure, or null if the check passed.</param>
internal sealed record Check<T>(CheckRule Rule, Func<T, CheckFailure?> Find)
    where T : CheckContext
{
    /// <summary>
    /// Whether the check applies; null for always. It depends only on the expectation and the kind of evidence, so the result is the same
    /// for a check that is not reached.
    /// </summary>
    public Predicate<T>? When { get; init; }

    public bool Applies(T context) => When is null || When(context);

    /// <summary>Converts the check to a context with more data.</summary>
    public Check<TMore> For<TMore>()
        where TMore : T =>
        new(Rule, Find) { When = When };
}
