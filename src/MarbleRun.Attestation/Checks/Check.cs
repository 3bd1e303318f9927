namespace MarbleRun.Attestation.Checks;

/// <summary>A check of evidence: a rule and a function from the context to a failure or null.</summary>
/// <typeparam name="T">What is known when it is made.</typeparam>
/// <param name="Rule">Its name, its source and what to do when it fails.</param>
/// <param name="Find">Makes it: the failure, or null if it passed.</param>
internal sealed record Check<T>(CheckRule Rule, Func<T, CheckFailure?> Find)
    where T : CheckContext
{
    /// <summary>
    /// Whether the check applies; null for always. It depends on the expectation and the kind of evidence alone, so that the result is the
    /// same for a check that is not reached.
    /// </summary>
    public Predicate<T>? When { get; init; }

    public bool Applies(T context) => When is null || When(context);

    /// <summary>The same check where more is known.</summary>
    public Check<TMore> For<TMore>()
        where TMore : T =>
        new(Rule, Find) { When = When };
}
