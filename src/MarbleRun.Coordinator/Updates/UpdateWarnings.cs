using MarbleRun.Coordinator.Manifests;
using MarbleRun.Coordinator.State;
using MarbleRun.Manifests;

namespace MarbleRun.Coordinator.Updates;

/// <summary>Consequences of a full update that are easily overlooked.</summary>
internal static class UpdateWarnings
{
    public static IEnumerable<string> Find(CoordinatorState before, CoordinatorState after)
    {
        foreach ((string name, StoredSecret value) in before.Secrets)
        {
            if (IsGiven(before, name, value) && !ReferenceEquals(after.Secrets.GetValueOrDefault(name), value))
            {
                yield return $"the value of the user-defined secret {name} is lost: it is removed, or its type, size or validity changes";
            }
        }

        foreach (string downgrade in DowngradeCheck.Find(before, after.Manifest!.Manifest))
        {
            yield return $"security version lowered: {downgrade}";
        }

        if (before.ManifestSignatures
            .Where(signed => !after.ManifestSignatures.Any(next => next.Key.Equals(signed.Key)))
            .ToArray() is { Length: > 0 } unsigned)
        {
            yield return $"the manifest in force is signed by {OwnerSignatures.Keys(unsigned)}, and the update came without that owner's "
                + "signature: Marbles that demand it do not start until it is added";
        }

        if (!after.Manifest!.Users.FindAllowed(RoleActions.UpdateManifest).Any())
        {
            yield return "no user may update the manifest after this";
        }

        if (after.SealMode == SealModes.Disabled && before.SealMode != SealModes.Disabled)
        {
            yield return "the state will be kept in memory only: its files are removed, and a restart loses everything";
        }

        foreach ((string type, MarbleDefinition marble) in after.Manifest.Manifest.Marbles)
        {
            if (marble.MaxActivations > 0 && before.Activations.GetValueOrDefault(type) >= marble.MaxActivations)
            {
                yield return $"Marble type {type} was activated {before.Activations[type]} times and may be {marble.MaxActivations} times: "
                    + $"it can't activate again";
            }
        }
    }

    private static bool IsGiven(CoordinatorState before, string name, StoredSecret value) =>
        before.Manifest!.Manifest.Secrets.TryGetValue(name, out SecretDefinition? definition)
        && definition.UserDefined
        && !(value.Private.IsEmpty && value.Certificate.IsEmpty);
}
