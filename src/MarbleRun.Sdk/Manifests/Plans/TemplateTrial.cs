using MarbleRun.Manifests.Templates;
namespace MarbleRun.Manifests.Plans;

/// <summary>
/// Renders the parameters of Marbles before a manifest or secrets take effect, so that a template that can never work is refused then.
/// </summary>
internal static class TemplateTrial
{
    /// <summary>The limit for the results of all Marbles together: 256 MiB are far more than a mesh needs.</summary>
    private const long MaxRendered = 256 * 1024 * 1024;

    /// <summary>The limit for the work: 500 steps for each of 10,000 Marbles. A file with a few secrets needs ten.</summary>
    private const long MaxSteps = 5_000_000;

    /// <summary>Renders the parameters of Marbles.</summary>
    /// <param name="manifest">Defines the secrets.</param>
    /// <param name="plans">The Marbles, by type.</param>
    /// <param name="known">Returns a secret whose value is known, by its name; if it returns null, a stand-in is used.</param>
    /// <param name="cancellationToken">Cancels the work between any two Marbles.</param>
    /// <exception cref="TemplateException">A template fails; the message names Marble and place.</exception>
    public static void Run(
        Manifest manifest,
        IEnumerable<KeyValuePair<string, MarblePlan>> plans,
        Func<string, TemplateSecret?> known,
        CancellationToken cancellationToken) =>
        Run(manifest, plans, known, new TemplateBudget(MaxSteps, MaxRendered), cancellationToken);

    /// <summary>Renders the parameters of Marbles within a budget, for a manifest of an unknown sender.</summary>
    /// <param name="manifest">Defines the secrets.</param>
    /// <param name="plans">The Marbles, by type.</param>
    /// <param name="known">Returns a secret whose value is known, by its name; if it returns null, a stand-in is used.</param>
    /// <param name="budget">The work and the bytes that all Marbles may use together.</param>
    /// <param name="cancellationToken">Cancels the work between any two Marbles.</param>
    /// <exception cref="TemplateException">
    /// A template fails, or the templates exceed the budget; the message names Marble and place.
    /// </exception>
    public static void Run(
        Manifest manifest,
        IEnumerable<KeyValuePair<string, MarblePlan>> plans,
        Func<string, TemplateSecret?> known,
        TemplateBudget budget,
        CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(manifest);
        ArgumentNullException.ThrowIfNull(plans);
        ArgumentNullException.ThrowIfNull(known);
        ArgumentNullException.ThrowIfNull(budget);
        if (FindFaults(manifest, [.. plans], known, budget, cancellationToken).FirstOrDefault() is { } fault)
        {
            throw fault.Exception;
        }
    }

    /// <summary>Finds the faults, at most one for each template.</summary>
    internal static IEnumerable<TrialFault> FindFaults(
        Manifest manifest,
        IReadOnlyList<KeyValuePair<string, MarblePlan>> plans,
        Func<string, TemplateSecret?> known,
        CancellationToken cancellationToken) =>
        FindFaults(manifest, plans, known, new TemplateBudget(MaxSteps, MaxRendered), cancellationToken);

    private static IEnumerable<TrialFault> FindFaults(
        Manifest manifest,
        IReadOnlyList<KeyValuePair<string, MarblePlan>> plans,
        Func<string, TemplateSecret?> known,
        TemplateBudget budget,
        CancellationToken cancellationToken)
    {
        var data = TemplateData.ForDryRun(FindSecrets(manifest, plans, known));
        foreach ((string type, MarblePlan plan) in plans)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var marble = new TrialMarble(type, plan, data, budget);

            // Each fault costs an exception, and most callers need only the first: the next one is searched when it is requested.
            foreach (TrialFault fault in marble.FindFaults())
            {
                yield return fault;
            }

            if (!budget.TryRender(marble.Length))
            {
                var exception = new TemplateException(
                    $"in Marble {type}: with it the results of all Marbles are longer than {budget.Rendered} bytes together");
                yield return new TrialFault(type, TrialPlace.Marble, null, exception);
            }

            // When the work is used up, every remaining template would fail, which does not indicate a fault in it.
            if (budget.IsSpent)
            {
                yield break;
            }
        }
    }

    private static Dictionary<string, TemplateSecret> FindSecrets(
        Manifest manifest, IReadOnlyList<KeyValuePair<string, MarblePlan>> plans, Func<string, TemplateSecret?> known)
    {
        var standIns = new StandInSecrets();
        var secrets = new Dictionary<string, TemplateSecret>(StringComparer.Ordinal);
        foreach (string name in MarblePlan.SecretSetsOf(plans.Select(p => p.Value)).SelectMany(set => set))
        {
            if (!secrets.ContainsKey(name) && manifest.Secrets.TryGetValue(name, out SecretDefinition? definition))
            {
                secrets[name] = known(name) ?? standIns.Create(definition);
            }
        }

        return secrets;
    }

    /// <summary>The trial of one Marble.</summary>
    private sealed class TrialMarble(string type, MarblePlan plan, TemplateData data, TemplateBudget budget)
    {
        /// <summary>The length of all results, after the faults were found.</summary>
        public long Length { get; private set; }

        public IEnumerable<TrialFault> FindFaults()
        {
            if (FindTlsFault() is { } fault)
            {
                yield return fault;
            }

            foreach (TrialFault value in FindFaults(plan.Files).Concat(FindFaults(plan.Environment)))
            {
                yield return value;
            }
        }

        private TrialFault? FindTlsFault()
        {
            try
            {
                Length += plan.Tls.Render(data)?.Length ?? 0;
                return null;
            }
            catch (TemplateException exception)
            {
                return new TrialFault(type, TrialPlace.Tls, null, exception.At($"in Marble {type}: TLS: "));
            }
        }

        private IEnumerable<TrialFault> FindFaults(IEnumerable<PlannedValue> values)
        {
            long total = 0;
            foreach (PlannedValue value in values)
            {
                if (FindFault(value, ref total) is { } fault)
                {
                    yield return fault;
                    if (total > MarblePlan.MaxTotal || budget.IsSpent)
                    {
                        break;
                    }
                }
            }

            Length += total;
        }

        private TrialFault? FindFault(PlannedValue value, ref long total)
        {
            try
            {
                total += value.Render(data, budget).Length;
                return total <= MarblePlan.MaxTotal
                    ? null
                    : throw new TemplateException($"with it the results are longer than {MarblePlan.MaxTotal} bytes together");
            }
            catch (TemplateException exception)
            {
                return new TrialFault(
                    type, TrialPlace.Value, value, exception.At(PlannedValue.Describe(type, value.Name, value.Target)));
            }
        }
    }
}

/// <summary>A fault that a trial finds.</summary>
/// <param name="Marble">The Marble's type.</param>
/// <param name="Place">The place in the Marble.</param>
/// <param name="Value">The file or variable; null in other places.</param>
/// <param name="Exception">The fault; its message names Marble and place.</param>
internal sealed record TrialFault(string Marble, TrialPlace Place, PlannedValue? Value, TemplateException Exception);

/// <summary>The places in which a trial finds a fault.</summary>
internal enum TrialPlace
{
    /// <summary>All parameters together.</summary>
    Marble,

    /// <summary>A file or variable.</summary>
    Value,
    Tls,
}
