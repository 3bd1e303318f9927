using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using MarbleRun.Attestation.Simulation;
using MarbleRun.Coordinator.Tests.Recovery;
using MarbleRun.Coordinator.Tests.Secrets;
using MarbleRun.TestSupport;

namespace MarbleRun.Coordinator.Tests.Manifests;

/// <summary>The manifest of <see cref="GovernedMesh"/>, and ways to change it.</summary>
internal static class GovernedManifest
{
    public static JsonSerializerOptions Relaxed { get; } = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static JsonObject Create(CoordinatorHost host, IEnumerable<(UserClient User, string Name, string[] Roles)> users)
    {
        AppMeasurement code = host.Platform.MeasureRunningProcess();
        JsonObject manifest = JsonNode.Parse($$$"""
            {
              "Packages": {
                "app": { "UniqueID": "{{{code.UniqueId}}}" },
                "signed": { "SignerID": "{{{code.SignerId}}}", "ProductID": {{{code.ProductId}}}, "SecurityVersion": {{{code.SecurityVersion}}} }
              },
              "Marbles": {
                "web": {
                  "Package": "app",
                  "Parameters": {
                    "Env": {
                      "SHARED": "{{ hex .Secrets.shared }}", "SHARED_BEFORE": "{{ hex .Previous.Secrets.shared }}",
                      "PRIVATE": "{{ hex .Secrets.private }}", "PRIVATE_BEFORE": "{{ hex .Previous.Secrets.private }}",
                      "CERT": "{{ pem .Secrets.cert.Cert }}", "CERT_KEY": "{{ pem .Secrets.cert.Private }}", "CERT_BEFORE": "{{ pem .Previous.Secrets.cert.Cert }}",
                      "LOOSE": "{{ pem .Secrets.loose.Cert }}", "LOOSE_BEFORE": "{{ pem .Previous.Secrets.loose.Cert }}",
                      "OWN": "{{ pem .Secrets.own.Cert }}", "OWN_BEFORE": "{{ pem .Previous.Secrets.own.Cert }}"
                    }
                  }
                },
                "uploaded": { "Package": "app", "Parameters": { "Env": { "UPLOAD": "{{ hex .Secrets.upload }}" } } },
                "before": { "Package": "app", "Parameters": { "Env": { "UPLOAD": "{{ hex .Previous.Secrets.upload }}" } } },
                "signed": { "Package": "signed" },
                "limited": { "Package": "app", "MaxActivations": 2 }
              },
              "Secrets": {
                "shared": { "Type": "symmetric-key", "Size": 256, "Shared": true },
                "private": { "Type": "symmetric-key", "Size": 128 },
                "cert": { "Type": "cert-ecdsa", "Size": 256, "Shared": true, "ValidFor": 7, "Cert": { "Subject": { "CommonName": "first" } } },
                "loose": { "Type": "cert-ed25519", "Shared": true },
                "own": { "Type": "cert-ecdsa", "Size": 256, "ValidFor": 7 },
                "upload": { "Type": "symmetric-key", "Size": 128, "UserDefined": true },
                "text": { "Type": "plain", "UserDefined": true }
              },
              "Users": {},
              "Roles": {
                "manage": { "ResourceType": "Manifest", "Actions": ["UpdateManifest"] },
                "raise": { "ResourceType": "Packages", "ResourceNames": ["app", "signed"], "Actions": ["UpdateSecurityVersion"] },
                "read": { "ResourceType": "Secrets", "ResourceNames": ["shared", "cert", "upload", "text"], "Actions": ["ReadSecret"] },
                "write": { "ResourceType": "Secrets", "ResourceNames": ["upload", "text"], "Actions": ["WriteSecret"] }
              },
              "Config": { "FeatureGates": ["SignQuoteEndpoint", "MonotonicCounter"] }
            }
            """)!.AsObject();
        foreach ((UserClient user, string name, string[] roles) in users)
        {
            manifest.AddUser(name, user, roles);
        }

        return manifest;
    }

    public static void AddUser(this JsonObject manifest, string name, UserClient user, params string[] roles) =>
        manifest["Users"]![name] = new JsonObject
        {
            ["Certificate"] = user.Certificate.ExportCertificatePem(),
            ["Roles"] = new JsonArray([.. roles.Select(r => JsonValue.Create(r))]),
        };

    public static void SetRecovery(this JsonObject manifest, ulong threshold, params IEnumerable<(string Name, TestParty Party)> parties)
    {
        manifest["RecoveryKeys"] = new JsonObject(
            parties.Select(p => KeyValuePair.Create(p.Name, (JsonNode?)JsonValue.Create(p.Party.Key.ExportSubjectPublicKeyInfoPem()))));
        manifest["Config"]!["RecoveryThreshold"] = threshold;
    }

    public static string Write(this JsonObject manifest) => manifest.ToJsonString(Relaxed);
}
