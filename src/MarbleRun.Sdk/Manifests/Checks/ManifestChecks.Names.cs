namespace MarbleRun.Manifests.Checks;

/// <summary>Which names Marbles may have.</summary>
internal sealed partial class ManifestChecks
{
    /// <summary>
    /// Without <c>AllowedDNSNames</c> each Marble gets the names that it asks for. A client that names no Marble types then takes any of them for the service that it
    /// calls: whoever breaks into one speaks for all.
    /// </summary>
    private void WarnOfNames()
    {
        string[] free = [.. InOrder(_manifest.Marbles, "Marbles").Where(marble => marble.Value.AllowedDnsNames is null).Select(marble => marble.Key)];
        if (_manifest.Marbles.Count > 1 && free.Length > 0)
        {
            Warn(
                JsonPath.Of("Marbles"),
                $"{(free.Length == 1 ? $"Marble {free[0]} gets" : $"{free.Length} of {_manifest.Marbles.Count} Marble types get")} a certificate for any name, "
                + "so that a client which does not demand a Marble type takes it for any other",
                "Bind names with AllowedDNSNames, or let every client name the types that it calls (MarblePeerPolicy.AllowTypes).");
        }
    }
}
