namespace MarbleRun.Attestation.Checks;

/// <summary>A check of evidence: its rule, and what it finds.</summary>
/// <typeparam name="T">What is known when it is made.</typeparam>
/// <param name="Rule">Its name, its source and what to do when it fails.</param>
/// <param name="Find">Makes it: the failure, or null if it passed.</param>
internal sealed record Check<T>(CheckRule Rule, Func<T, CheckFailure?> Find)
    where T : CheckContext
{
    /// <summary>
    /// Whether it is made at all; null for always. It looks at what is asked for and what kind of evidence it is, so that it says the same
    /// of a check that is not reached.
    /// </summary>
    public Predicate<T>? When { get; init; }

    public bool Applies(T context) => When is null || When(context);

    /// <summary>The same check where more is known.</summary>
    public Check<TMore> For<TMore>()
        where TMore : T =>
        new(Rule, Find) { When = When };
}
