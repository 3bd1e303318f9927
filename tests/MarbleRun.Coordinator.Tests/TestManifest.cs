using System.Text;
using MarbleRun.TestSupport;

namespace MarbleRun.Coordinator.Tests;

/// <summary>Manifests that admit the process of these tests.</summary>
internal static class TestManifest
{
    /// <summary>
    /// Marble types <c>web</c>, <c>other</c> (with the same package), <c>limited</c> (two activations), <c>named</c> (few names) and
    /// <c>unbound</c>.
    /// </summary>
    public static byte[] Create(CoordinatorHost host) => Encoding.UTF8.GetBytes($$$"""
        {
          "Packages": { "app": { "UniqueID": "{{{host.Platform.MeasureRunningProcess().UniqueId}}}" } },
          "Marbles": {
            "web": {
              "Package": "app",
              "Parameters": {
                "Env": {
                  "SHARED": "{{ hex .Secrets.shared }}",
                  "PRIVATE": "{{ base64 .Secrets.private }}",
                  "PREVIOUS": "{{ base64 .Previous.Secrets.private }}",
                  "ROOT": "{{ pem .MarbleRun.RootCA.Cert }}",
                  "VERBATIM": { "Data": "{{ not a template }}", "NoTemplates": true },
                  "MARBLE_PREDEFINED_PRIVATE_KEY": "a manifest cannot replace the identity"
                },
                "Files": { "/tmp/key": "{{ raw .Secrets.shared }}", "/tmp/leaf.pem": "{{ pem .MarbleRun.MarbleCert.Cert }}" },
                "Argv": [ "./web", "{{ hex .Secrets.shared }}" ]
              }
            },
            "other": { "Package": "app", "Parameters": { "Env": { "SHARED": "{{ hex .Secrets.shared }}", "PRIVATE": "{{ base64 .Secrets.private }}" } } },
            "limited": { "Package": "app", "MaxActivations": 2 },
            "unbound": { "Package": "app", "DisableSecretBinding": true, "Parameters": { "Env": { "PRIVATE": "{{ base64 .Secrets.private }}" } } },
            "named": { "Package": "app", "AllowedDNSNames": [ "*.named.example", "exact.example" ] },
            "unset": { "Package": "app", "Parameters": { "Env": { "UPLOADED": "{{ hex .Secrets.uploaded }}" } } }
          },
          "Secrets": {
            "shared": { "Type": "symmetric-key", "Size": 256, "Shared": true },
            "private": { "Type": "symmetric-key", "Size": 128 },
            "uploaded": { "Type": "symmetric-key", "Size": 128, "UserDefined": true }
          }
        }
        """);

    /// <summary>Sets <see cref="Create"/> over the client port.</summary>
    public static async Task SetAsync(CoordinatorHost host)
    {
        using HttpClient client = host.CreateClient();
        using HttpResponseMessage response = await client.PostAsync(
            new Uri("/manifest", UriKind.Relative), new ByteArrayContent(Create(host)));
        Assert.True(response.IsSuccessStatusCode, await response.Content.ReadAsStringAsync());
    }
}
