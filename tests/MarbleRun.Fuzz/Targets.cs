using System.Text;
using MarbleRun.Manifests;
using MarbleRun.Manifests.Checks;
using MarbleRun.Manifests.Reading;

namespace MarbleRun.Fuzz;

/// <summary>All that is fuzzed.</summary>
internal static class Targets
{
    private const string ManifestText =
        """{"Packages":{"p":{"UniqueID":"00","AcceptedTCBStatuses":["UpToDate"]}},"Marbles":{"m":{"Package":"p","MaxActivations":1,"Parameters":{"Files":{"/a":{"Data":"YQ==","Encoding":"base64"}},"Env":{"E":"{{ hex .Secrets.s }}"},"Argv":["a"]},"TLS":["t"]}},"Secrets":{"s":{"Type":"symmetric-key","Size":128,"Shared":true},"c":{"Type":"cert-ecdsa","Size":256,"Cert":{"Subject":{"CommonName":"c"}}}},"TLS":{"t":{"Incoming":[{"Port":"1"}]}},"Config":{"SealMode":"ProductKey"}}""";

    /// <summary>
    /// What the first one does not have: templates of certificates, machines, users, roles, thresholds; and the second occurrence of a
    /// section.
    /// </summary>
    private const string OtherManifest =
        """{"$schema":"x","Packages":{"p":{"Debug":true,"Tdx":{"MRTD":"00"},"Snp":{"Measurement":"00","PolicyMask":"0x1","SigningKey":"VCEK","MinimumTCB":{"SNP":1}},"Platforms":{"DeniedFMSPCs":["00"]}}},"Infrastructures":{"i":{"CPUSVN":[1,2],"QESVN":1,"RootCA":"AA=="}},"Marbles":{"m":{"Package":"p"}},"Secrets":{"c":{"Type":"cert-rsa","Size":2048,"Cert":{"Subject":{"Country":["A"],"ExtraNames":[{"Type":[2,5],"Value":1}]},"IPAddresses":["::1"],"URIs":[{"Host":"h"}],"KeyUsage":1,"ExtKeyUsage":[1],"NotAfter":"2040-01-02T03:04:05Z","IsCA":true,"Policies":["1.2"],"PermittedIPRanges":[{"IP":"10.0.0.0","Mask":"/wAAAA=="}],"ExtraExtensions":[{"Id":[1,2],"Critical":true,"Value":"AA=="}]}},"d":{"Type":"plain","UserDefined":true,"Private":"AA=="}},"Users":{"u":{"Certificate":"-----BEGIN A-----\nAAAA\n-----END A-----","Roles":["r"]}},"RecoveryKeys":{"k":"-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----"},"Roles":{"r":{"ResourceType":"Secrets","ResourceNames":["d"],"Actions":["ReadSecret"]}},"TLS":{"t":{"Outgoing":[{"Addr":"a","Port":"1"}]}},"Config":{"FeatureGates":["MonotonicCounter"],"UpdateThreshold":1,"RecoveryThreshold":2},"marbles":{"m":{"TLS":["\ud800"]}}}""";

    public static IReadOnlyList<Target> All { get; } =
    [
        .. DcapTargets.All,
        .. DocumentTargets.All,
        .. SnpTargets.All,
        .. EvidenceTargets.All,
        .. StateTargets.All,
        new Target("manifest", ReadManifest, () => [Encoding.UTF8.GetBytes(ManifestText), Encoding.UTF8.GetBytes(OtherManifest)]),

        // What a loop makes is bounded by limits of its own, not by the length of the template.
        new Target("template", TemplateRuns.Run, () => TemplateRuns.Seeds) { Fixed = 64 * 1024 * 1024 },
    ];

    /// <summary>The target of a name, or all of them.</summary>
    public static IEnumerable<Target> Find(string name) => name == "all" ? All : [All.Single(t => t.Name == name)];

    private static void ReadManifest(byte[] input)
    {
        if (ManifestParser.TryParse(input, out Manifest? manifest, out _))
        {
            _ = ManifestChecker.Check(manifest);
        }
    }
}
