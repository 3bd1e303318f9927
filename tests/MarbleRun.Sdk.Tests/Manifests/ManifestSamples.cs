using System.Text;
using MarbleRun.Manifests;
using MarbleRun.Manifests.Checks;
using MarbleRun.Manifests.Reading;

namespace MarbleRun.Tests.Manifests;

/// <summary>Manifests without a fault, and ways to break them.</summary>
internal static class ManifestSamples
{
    public const string Minimal = """
        {
          "Packages": { "web": { "SignerID": "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff", "ProductID": 0, "SecurityVersion": 0 } },
          "Marbles": { "frontend": { "Package": "web" } }
        }
        """;

    /// <summary>Every section and member; certificates and keys are added where tests need them.</summary>
    public const string Full = """
        {
          "Packages": {
            "web": {
              "SignerID": "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff",
              "ProductID": 45,
              "SecurityVersion": 2,
              "AcceptedTCBStatuses": ["UpToDate", "SWHardeningNeeded"],
              "AcceptedAdvisories": ["INTEL-SA-00615"]
            },
            "store": { "UniqueID": "FFEEDDCCBBAA99887766554433221100ffeeddccbbaa99887766554433221100" }
          },
          "Marbles": {
            "frontend": {
              "Package": "web",
              "MaxActivations": 3,
              "Parameters": {
                "Files": {
                  "/etc/plain": "text {{ hex .Secrets.session }}",
                  "/etc/base64": { "Encoding": "base64", "NoTemplates": true, "Data": "YmFy" },
                  "/etc/hex": { "encoding": "HEX", "Data": "4d6172626c6552756e" }
                },
                "Env": { "MODE": "production", "CERT": "{{ pem .Secrets.server.Cert }}" },
                "Argv": ["./frontend", "--verbose"]
              },
              "AllowedDNSNames": ["shop.example"],
              "TLS": ["public"]
            },
            "backend": { "Package": "store", "DisableSecretBinding": true, "AllowedDNSNames": ["*.backend.example"], "TLS": ["public", "private"] }
          },
          "Secrets": {
            "session": { "Type": "symmetric-key", "Size": 128, "Shared": true },
            "disk": { "Type": "symmetric-key", "Size": 256 },
            "server": { "Type": "cert-ecdsa", "Size": 256, "ValidFor": 7, "Cert": { "Subject": { "CommonName": "shop" }, "DNSNames": ["shop.example"] } },
            "ca": { "Type": "cert-rsa", "Size": 2048, "Shared": true, "Cert": { "IsCA": true, "NotAfter": "2040-01-02T03:04:05Z" } },
            "signer": { "Type": "cert-ed25519" },
            "token": { "Type": "plain", "UserDefined": true }
          },
          "Roles": {
            "updater": { "ResourceType": "Packages", "ResourceNames": ["web"], "Actions": ["updatesecurityVERSION"] },
            "writer": { "ResourceType": "Secrets", "ResourceNames": ["token"], "Actions": ["WriteSecret", "ReadSecret"] },
            "owner": { "ResourceType": "Manifest", "Actions": ["UpdateManifest"] }
          },
          "TLS": {
            "public": { "Incoming": [{ "Port": "443", "Cert": "server", "DisableClientAuth": true }] },
            "private": { "Outgoing": [{ "Addr": "backend.example", "Port": "8080" }], "Incoming": [{ "Port": "8080" }] }
          },
          "Config": { "SealMode": "ProductKey", "FeatureGates": ["signquoteendpoint", "MonotonicCounter"], "RotateRootSecret": false }
        }
        """;

    public static Manifest Parse(string json) => ManifestParser.Parse(Encoding.UTF8.GetBytes(json));

    /// <summary>The texts of all errors of a manifest that can be read.</summary>
    public static IEnumerable<string> Errors(Manifest manifest) =>
        ManifestChecker.Check(manifest).Errors.Select(problem => problem.Message);

    /// <summary>All warnings of a manifest that can be read.</summary>
    public static IEnumerable<ManifestProblem> Warnings(Manifest manifest) =>
        ManifestChecker.Check(manifest).Problems.Where(problem => problem.Severity == ManifestSeverity.Warning);
}
