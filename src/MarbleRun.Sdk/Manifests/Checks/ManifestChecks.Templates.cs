using System.Collections.Immutable;
using MarbleRun.Manifests.Templates;

namespace MarbleRun.Manifests.Checks;

/// <summary>Templates, each parsed and then rendered with dummies, as a Coordinator does before it takes the manifest.</summary>
internal sealed partial class ManifestChecks
{
    /// <summary>All Marbles together get no more bytes than this from a Coordinator.</summary>
    private const long MaxRendered = 256 * 1024 * 1024;

    /// <summary>The steps that a Coordinator gives the templates of all Marbles together.</summary>
    private const long MaxSteps = 5_000_000;

    private void CheckTemplates()
    {
        // No Coordinator makes so many policies; it refuses the manifest before.
        bool hasPolicies = !HasTooManyConnections;

        // All are parsed before the first is rendered: what templates name decides which dummies there are.
        ImmutableSortedSet<string> defined = TemplateReferences.Names(_manifest.Secrets.Keys);
        List<MarbleTemplates> marbles = [.. InOrder(_manifest.Marbles, "Marbles").Select(entry => ParseTemplates(entry.Key, entry.Value, defined, hasPolicies))];
        CheckSecretLimits(marbles);
        var names = marbles.SelectMany(marble => new[] { marble.References.Secrets, marble.References.PreviousSecrets })
            .ToHashSet<ImmutableSortedSet<string>>(ReferenceEqualityComparer.Instance);
        var data = TemplateData.ForDryRun(DummySecrets.Find(_manifest, names.SelectMany(set => set)));
        RenderAll(marbles, data);
    }

    private MarbleTemplates ParseTemplates(string name, MarbleDefinition marble, ImmutableSortedSet<string> defined, bool hasPolicies)
    {
        List<MarbleTemplates.Value> values = [];
        Parse(marble.Parameters.Files, TemplateTarget.File, "Files");
        Parse(marble.Parameters.Environment, TemplateTarget.Environment, "Env");
        TlsPolicy? tls = hasPolicies && marble.Tls.All(_manifest.Tls.ContainsKey) ? TlsPolicy.Create(marble, _manifest) : null;
        IEnumerable<TemplateReferences> references = values.Select(value => value.Planned.Template?.References).Append(tls?.References).OfType<TemplateReferences>();
        return new MarbleTemplates(name, values, tls) { References = TemplateReferences.Union(references).Within(defined) };

        void Parse(ImmutableSortedDictionary<string, ManifestFile> files, TemplateTarget target, string section)
        {
            foreach ((string file, ManifestFile content) in InOrder(files, "Marbles", name, "Parameters", section))
            {
                // Zero bytes in variables were told before.
                if (target == TemplateTarget.Environment && content.Data.Span.Contains((byte)0))
                {
                    continue;
                }

                string path = JsonPath.Of("Marbles", name, "Parameters", section, file);
                try
                {
                    values.Add(new MarbleTemplates.Value(path, target, PlannedValue.Create(name, file, content, target)));
                }
                catch (TemplateException exception)
                {
                    TemplateError(path, exception.Message, TemplateAdvice.For(exception.Message, target));
                }
            }
        }
    }

    private void RenderAll(IEnumerable<MarbleTemplates> marbles, TemplateData data)
    {
        var budget = new TemplateBudget(MaxSteps);
        long total = 0;
        foreach (MarbleTemplates marble in marbles)
        {
            total += RenderTls(marble, data);
            foreach (IGrouping<TemplateTarget, MarbleTemplates.Value> values in marble.Values.GroupBy(value => value.Target))
            {
                total += RenderValues(marble.Type, values, data, budget);
            }

            if (total > MaxRendered)
            {
                TemplateError(
                    JsonPath.Of("Marbles", marble.Type),
                    $"in Marble {marble.Type}: with it the results of all Marbles are longer than {MaxRendered} bytes together",
                    "Let Marbles get long contents from elsewhere.");
            }

            // With the work used up every template that is left would fail, which says nothing about it.
            if (total > MaxRendered || budget.IsSpent)
            {
                return;
            }
        }
    }

    private long RenderTls(MarbleTemplates marble, TemplateData data)
    {
        try
        {
            return marble.Tls?.Render(data)?.Length ?? 0;
        }
        catch (TemplateException exception)
        {
            TemplateError(JsonPath.Of("Marbles", marble.Type) + ".TLS", $"in Marble {marble.Type}: TLS: {exception.Message}");
            return 0;
        }
    }

    private long RenderValues(string marble, IEnumerable<MarbleTemplates.Value> values, TemplateData data, TemplateBudget budget)
    {
        long total = 0;
        foreach (MarbleTemplates.Value value in values)
        {
            string[] missing = [.. MissingIn(value.Planned.Template)];
            try
            {
                total += value.Planned.Render(data, budget).Length;
                if (total > MarblePlan.MaxTotal)
                {
                    throw new TemplateException($"with it the results are longer than {MarblePlan.MaxTotal} bytes together");
                }

                if (missing.Length > 0)
                {
                    Warn(value.Path, $"the template names secret {missing[0]}, which is not defined", AdviceFor(missing[0]));
                }
            }
            catch (TemplateException exception)
            {
                string fault = PlannedValue.Describe(marble, value.Planned.Name, value.Target) + exception.Message;
                TemplateError(value.Path, fault, missing.Length > 0 ? AdviceFor(missing[0]) : TemplateAdvice.For(exception.Message, value.Target));
                if (total > MarblePlan.MaxTotal || budget.IsSpent)
                {
                    return total;
                }
            }
        }

        return total;
    }

    private IEnumerable<string> MissingIn(Template? template) =>
        template is null ? [] : template.References.Secrets.Concat(template.References.PreviousSecrets).Where(name => !_manifest.Secrets.ContainsKey(name));

    private string AdviceFor(string missing) => Nearest(missing, _manifest.Secrets.Keys) ?? $"Add {missing} to Secrets.";

    private void TemplateError(string path, string message, string? suggestion = null) => Error(path, message, suggestion, ManifestStage.Template);
}
