using System.Collections.Immutable;
using MarbleRun.Manifests.Json;
using MarbleRun.Manifests.Plans;
using MarbleRun.Manifests.Templates;
using MarbleRun.Manifests.Templates.Execution;

namespace MarbleRun.Manifests.Checks;

/// <summary>
/// Checks templates: each is parsed and then rendered with stand-ins, as a Coordinator does before it accepts the manifest.
/// </summary>
internal sealed partial class ManifestChecks
{
    private ImmutableSortedDictionary<string, MarblePlan> CheckTemplates()
    {
        // A Coordinator refuses a manifest with so many policies earlier.
        bool hasPolicies = !HasTooManyConnections;

        // All templates are parsed before the first is rendered: the secrets that they name determine the stand-ins.
        ImmutableSortedSet<string> defined = TemplateReferences.Names(_manifest.Secrets.Keys);
        List<KeyValuePair<string, MarblePlan>> plans =
        [
            .. InOrder(_manifest.Marbles, "Marbles").Select(
                entry => KeyValuePair.Create(entry.Key, Plan(entry.Key, entry.Value, defined, hasPolicies))),
        ];
        CheckSecretLimits(plans);
        if (rendersTemplates)
        {
            RenderTemplates(plans);
        }

        return plans.ToImmutableSortedDictionary(StringComparer.Ordinal);
    }

    private void RenderTemplates(List<KeyValuePair<string, MarblePlan>> plans)
    {
        var failed = new HashSet<PlannedValue>();
        foreach (TrialFault fault in TemplateTrial.FindFaults(_manifest, plans, _ => null, CancellationToken.None).Take(MaxProblems))
        {
            string path = JsonPath.Of("Marbles", fault.Marble);
            switch (fault.Place)
            {
                case TrialPlace.Value:
                    failed.Add(fault.Value!);
                    string? missing = MissingIn(fault.Value!.Template).FirstOrDefault();
                    TemplateError(
                        PathOf(fault.Marble, fault.Value.Target, fault.Value.Name),
                        fault.Exception.Message,
                        missing is null ? TemplateAdvice.For(fault.Exception.Kind) : AdviceFor(missing));
                    break;

                case TrialPlace.Tls:
                    TemplateError(path + ".TLS", fault.Exception.Message);
                    break;

                default:
                    TemplateError(path, fault.Exception.Message, "Provide long contents to Marbles in another way.");
                    break;
            }
        }

        WarnOfMissingSecrets(plans, failed);
    }

    private MarblePlan Plan(string name, MarbleDefinition marble, ImmutableSortedSet<string> defined, bool hasPolicies)
    {
        bool hasTls = hasPolicies && marble.Tls.All(_manifest.Tls.ContainsKey);
        return MarblePlan.Create(name, _manifest, defined, hasTls, actions, (target, value, exception) =>
        {
            if (exception.ExceedsLimit)
            {
                throw exception;
            }

            // Zero bytes in variables were already reported.
            if (exception.Kind != TemplateFaultKind.ZeroByteInVariable)
            {
                TemplateError(PathOf(name, target, value), exception.Message, TemplateAdvice.For(exception.Kind));
            }

            // Each fault is an exception, and no more faults than these are reported.
            return _errorsByStage.GetValueOrDefault(ManifestStage.Template) < MaxProblems;
        });
    }

    private void WarnOfMissingSecrets(IEnumerable<KeyValuePair<string, MarblePlan>> plans, HashSet<PlannedValue> failed)
    {
        foreach ((string marble, MarblePlan plan) in plans)
        {
            foreach (PlannedValue value in plan.Files.Concat(plan.Environment).Where(value => !failed.Contains(value)))
            {
                if (MissingIn(value.Template).FirstOrDefault() is { } missing)
                {
                    Warn(
                        PathOf(marble, value.Target, value.Name),
                        $"the template names secret {missing}, which is not defined",
                        AdviceFor(missing));
                }
            }
        }
    }

    private IEnumerable<string> MissingIn(Template? template) =>
        template is null
            ? []
            : template.References.Secrets.Concat(template.References.PreviousSecrets).Where(name => !_manifest.Secrets.ContainsKey(name));

    private string AdviceFor(string missing) => Nearest(missing, _manifest.Secrets.Keys) ?? $"Add {missing} to Secrets.";

    private void TemplateError(string path, string message, string? suggestion = null) =>
        Error(path, message, suggestion, ManifestStage.Template);

    private static string PathOf(string marble, TemplateTarget target, string name) =>
        JsonPath.Of("Marbles", marble, "Parameters", target == TemplateTarget.File ? "Files" : "Env", name);
}

/// <summary>The remedies for the most common faults of templates.</summary>
internal static class TemplateAdvice
{
    /// <summary>Returns the remedy, or null if the fault is self-explanatory.</summary>
    public static string? For(TemplateFaultKind kind) => kind switch
    {
        TemplateFaultKind.RawInVariable => "Only files have raw; a variable has hex and base64, and string for a plain secret.",
        TemplateFaultKind.StringInFile => "Only environment variables have string; a file has raw.",
        TemplateFaultKind.WholeSecretAsPem => "Name a part of the secret: .Cert, .Public or .Private.",
        TemplateFaultKind.MissingSecret => "Add it to Secrets.",
        TemplateFaultKind.EmptySecret => "A secret of this type has no such part, or the manifest has no secret of this name.",
        _ => null,
    };
}
