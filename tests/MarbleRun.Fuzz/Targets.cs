using System.Text;
using MarbleRun.Manifests;

namespace MarbleRun.Fuzz;

/// <summary>All that is fuzzed.</summary>
internal static class Targets
{
    private const string ManifestText =
        """{"Packages":{"p":{"UniqueID":"00","AcceptedTCBStatuses":["UpToDate"]}},"Marbles":{"m":{"Package":"p","MaxActivations":1,"Parameters":{"Files":{"/a":{"Data":"YQ==","Encoding":"base64"}},"Env":{"E":"{{ hex .Secrets.s }}"},"Argv":["a"]},"TLS":["t"]}},"Secrets":{"s":{"Type":"symmetric-key","Size":128,"Shared":true},"c":{"Type":"cert-ecdsa","Size":256,"Cert":{"Subject":{"CommonName":"c"}}}},"TLS":{"t":{"Incoming":[{"Port":"1"}]}},"Config":{"SealMode":"ProductKey"}}""";

    public static IReadOnlyList<Target> All { get; } =
    [
        .. DcapTargets.All,
        .. DocumentTargets.All,
        .. SnpTargets.All,
        new Target("manifest", ReadManifest, () => [Encoding.UTF8.GetBytes(ManifestText)]),

        // What a loop makes is bounded by limits of its own, not by the length of the template.
        new Target("template", TemplateRuns.Run, () => TemplateRuns.Seeds) { Fixed = 64 * 1024 * 1024 },
    ];

    /// <summary>The target of a name, or all of them.</summary>
    public static IEnumerable<Target> Find(string name) => name == "all" ? All : [All.Single(t => t.Name == name)];

    private static void ReadManifest(byte[] input)
    {
        if (Manifest.TryParse(input, out Manifest? manifest, out _))
        {
            manifest.Validate();
        }
    }
}
