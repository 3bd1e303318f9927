using System.Text.Json;

namespace MarbleRun.Testing.Tests;

/// <summary>Manifests as a team has them for production: they name the code that was released, not the one of the tests.</summary>
internal static class Manifests
{
    public static readonly string BackendCode = new('b', 64);

    public static readonly string ReleaseSigner = new('5', 64);

    /// <summary>A backend by its measurement; a frontend and a worker by their signer, product and version.</summary>
    public static string Quickstart(string greeting = "Hello", string? certificateOfAlice = null) => $$$"""
        {
          "Packages": {
            "backend": { "UniqueID": "{{{BackendCode}}}" },
            "release": { "SignerID": "{{{ReleaseSigner}}}", "ProductID": 7, "SecurityVersion": 4 }
          },
          "Marbles": {
            "backend": { "Package": "backend", "Parameters": { "Env": { "GREETING_KEY": "{{ hex .Secrets.greeting }}" } } },
            "frontend": { "Package": "release", "Parameters": { "Env": { "GREETING_KEY": "{{ hex .Secrets.greeting }}" } } },
            "worker": {
              "Package": "release",
              "Parameters": {
                "Env": { "GREETING": "{{{greeting}}}", "Worker__Key": "{{ hex .Secrets.own }}" },
                "Files": { "/etc/worker/greeting": "{{{greeting}}} from a file", "notes/relative": "relative" }
              }
            }
          },
          {{{Users(certificateOfAlice)}}}
          "Secrets": {
            "greeting": { "Type": "symmetric-key", "Size": 256, "Shared": true },
            "own": { "Type": "symmetric-key", "Size": 128 }
          }
        }
        """;

    private static string Users(string? certificate) => certificate is null ? string.Empty : $$"""
        "Users": { "alice": { "Certificate": "{{JsonEncodedText.Encode(certificate)}}", "Roles": [ "manager" ] } },
        "Roles": { "manager": { "ResourceType": "Manifest", "Actions": [ "UpdateManifest" ] } },
        """;
}
