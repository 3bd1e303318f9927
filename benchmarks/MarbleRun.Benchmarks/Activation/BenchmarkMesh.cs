using System.Globalization;
using System.Text;
using MarbleRun.TestSupport;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace MarbleRun.Benchmarks.Activation;

/// <summary>A Coordinator on real sockets with a manifest of any size.</summary>
internal sealed class BenchmarkMesh : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    public BenchmarkMesh()
    {
        // Tests record every event of the server, whose texts would be a third of what is measured.
        Host = CoordinatorHost.StartAsync(
            _directory,
            services => services.Configure<LoggerFilterOptions>(filter => filter.MinLevel = LogLevel.Information),
            ("MaxRequestBodySize", "16777216"),
            ("Bootstrap:MaxManifestSize", "16777216"))
            .GetAwaiter()
            .GetResult();
    }

    public CoordinatorHost Host { get; }

    /// <param name="secrets">
    /// How many secrets are declared: one that the Marbles use, and half of the others RSA-4096 certificates that are not used.
    /// </param>
    /// <param name="marbles">How many Marble types there are; each has its own file and variables.</param>
    public byte[] CreateManifest(int secrets, int marbles)
    {
        var json = new StringBuilder();
        json.Append(
            CultureInfo.InvariantCulture,
            $$"""{ "Packages": { "app": { "UniqueID": "{{Host.Platform.MeasureRunningProcess().UniqueId}}" } }, """);
        json.Append(""" "Secrets": { "used": { "Type": "symmetric-key", "Size": 256 }""");
        for (int i = 1; i < secrets; i++)
        {
            string definition = (i % 4) switch
            {
                0 => """{ "Type": "cert-rsa", "Size": 4096 }""",
                1 => """{ "Type": "symmetric-key", "Size": 256 }""",
                2 => """{ "Type": "cert-rsa", "Size": 4096, "Shared": true, "Cert": { "DNSNames": ["unused.example"] } }""",
                _ => """{ "Type": "symmetric-key", "Size": 256, "Shared": true }""",
            };
            json.Append(CultureInfo.InvariantCulture, $", \"s{i}\": {definition}");
        }

        json.Append(" }, \"Marbles\": { ");
        string padding = new('x', 270);
        for (int i = 0; i < marbles; i++)
        {
            json.Append(
                CultureInfo.InvariantCulture, $"{(i == 0 ? string.Empty : ", ")}\"m{i}\": {{ \"Package\": \"app\", \"Parameters\": {{ ");
            json.Append(""" "Env": { "KEY": "{{ hex .Secrets.used }}", "ROOT": "{{ pem .MarbleRun.RootCA.Cert }}", """);
            json.Append(CultureInfo.InvariantCulture, $"\"NAME\": \"m{i}\" }}, \"Files\": {{ \"/etc/m{i}\": ");
            json.Append(CultureInfo.InvariantCulture, $"\"{padding} {{{{ base64 .Secrets.used }}}}\" }}, \"Argv\": [ \"./m{i}\" ] }} }}");
        }

        return Encoding.UTF8.GetBytes(json.Append(" } }").ToString());
    }

    public void Set(byte[] manifest)
    {
        using HttpClient client = Host.CreateClient();
        using HttpResponseMessage response =
            client.PostAsync(new Uri("/manifest", UriKind.Relative), new ByteArrayContent(manifest)).GetAwaiter().GetResult();
        if (!response.IsSuccessStatusCode)
        {
            throw new InvalidOperationException(response.Content.ReadAsStringAsync().GetAwaiter().GetResult());
        }
    }

    public void Dispose()
    {
        Host.DisposeAsync().AsTask().GetAwaiter().GetResult();
        _directory.Dispose();
    }
}
