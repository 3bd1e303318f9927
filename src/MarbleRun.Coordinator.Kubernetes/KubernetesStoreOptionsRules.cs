using System.Net;
using System.Text.RegularExpressions;
using Microsoft.Extensions.Options;

namespace MarbleRun.Coordinator.Kubernetes;

/// <summary>Checks the options and reports all errors together.</summary>
internal sealed partial class KubernetesStoreOptionsRules : IValidateOptions<KubernetesStoreOptions>
{
    public ValidateOptionsResult Validate(string? name, KubernetesStoreOptions options)
    {
        var result = new ValidateOptionsResultBuilder();
        var target = KubernetesTarget.Resolve(options);
        Check(
            target.ApiServer is not null,
            nameof(options.ApiServer),
            options.ApiServer.Length > 0 ? "must be an address like https://10.0.0.1:6443, without user and query"
                : "is empty, which is for a pod; here, KUBERNETES_SERVICE_HOST is not set");
        Check(
            target.ApiServer is not { Scheme: "http", IsLoopback: false },
            nameof(options.ApiServer),
            "must be https, since credentials and state are sent to it");
        Check(
            Label().IsMatch(target.Namespace),
            nameof(options.Namespace),
            target.Namespace.Length > 0 ? "must be the name of a namespace"
                : "is empty, which is for a pod; the file of a service account that names one is not here");
        Check(
            Label().IsMatch(options.Deployment) && options.Deployment.Length <= 57,
            nameof(options.Deployment),
            "must be 1 to 57 of a to z, digits and '-', with a letter or digit at both ends");
        CheckFile(target.CertificateAuthorityFile, nameof(options.CertificateAuthorityFile));
        CheckFile(target.TokenFile, nameof(options.TokenFile));
        CheckFile(options.ClientCertificateFile, nameof(options.ClientCertificateFile));
        CheckFile(options.ClientKeyFile, nameof(options.ClientKeyFile));
        Check(
            options.ClientCertificateFile.Length > 0 == options.ClientKeyFile.Length > 0,
            nameof(options.ClientKeyFile),
            "and ClientCertificateFile belong together");
        Check(
            options.PeerService.Length == 0
            || (Service().IsMatch(options.PeerService) && !(int.TryParse(KubernetesPeers.Split(options.PeerService).Port, out int port)
                && port > IPEndPoint.MaxPort)),
            nameof(options.PeerService),
            "must be the name of a service, or name:port with the number or the name of its port");
        Check(
            options.CommandTimeout >= TimeSpan.FromMilliseconds(100) && options.CommandTimeout <= TimeSpan.FromMinutes(10),
            nameof(options.CommandTimeout),
            "must be between 100 ms and 10 minutes, written as hours:minutes:seconds");
        Check(
            options.MaxBlobSize is >= 65_536 and <= 536_870_912, nameof(options.MaxBlobSize), "must be between 65536 and 536870912");
        Check(options.ChunkSize is >= 4_096 and <= 983_040, nameof(options.ChunkSize), "must be between 4096 and 983040");
        return result.Build();

        void CheckFile(string path, string member) =>
            Check(path.Length == 0 || File.Exists(path), member, $"is '{path}', which is not a file that exists");

        void Check(bool holds, string member, string rule)
        {
            if (!holds)
            {
                result.AddError($"{KubernetesStoreOptions.SectionName}:{member} {rule}.");
            }
        }
    }

    /// <summary>RFC 1035 for the name, and RFC 6335 for that of the port.</summary>
    [GeneratedRegex("^[a-z]([a-z0-9-]{0,61}[a-z0-9])?(:([1-9][0-9]{0,4}|(?=[0-9-]*[a-z])[a-z0-9]([a-z0-9-]{0,13}[a-z0-9])?))?\\z")]
    private static partial Regex Service();

    [GeneratedRegex("^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\\z")]
    private static partial Regex Label();
}
