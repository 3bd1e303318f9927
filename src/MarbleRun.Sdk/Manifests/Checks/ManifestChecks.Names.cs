using MarbleRun.Manifests.Json;

namespace MarbleRun.Manifests.Checks;

/// <summary>Checks which names Marbles may have.</summary>
internal sealed partial class ManifestChecks
{
    /// <summary>
    /// Without <c>AllowedDNSNames</c> each Marble gets the names that it requests. A client that does not specify Marble types then accepts
    /// any Marble as the service that it calls: an attacker who compromises one Marble can impersonate all of them.
    /// </summary>
    private void WarnOfNames()
    {
        string[] free =
            [.. InOrder(_manifest.Marbles, "Marbles").Where(marble => marble.Value.AllowedDnsNames is null).Select(marble => marble.Key)];
        if (_manifest.Marbles.Count > 1 && free.Length > 0)
        {
            Warn(
                JsonPath.Of("Marbles"),
                $"{(free.Length == 1 ? $"Marble {free[0]} gets" : $"{free.Length} of {_manifest.Marbles.Count} Marble types get")} a "
                + "certificate for any name, so a client that does not require a Marble type accepts it as any other",
                "Bind names with AllowedDNSNames, or specify in every client the types that it calls (MarblePeerPolicy.AllowTypes).");
        }
    }
}
