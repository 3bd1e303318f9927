using System.ComponentModel.DataAnnotations;

namespace MarbleRun.Coordinator.Kubernetes;

/// <summary>
/// How a Coordinator reaches its state in Secrets of Kubernetes: the configuration section <c>Coordinator:Store:Kubernetes</c>. In a pod,
/// nothing is required.
/// </summary>
public sealed class KubernetesStoreOptions
{
    /// <summary>The configuration section.</summary>
    public const string SectionName = "Coordinator:Store:Kubernetes";

    /// <summary>
    /// The address of the API server, for instance <c>https://10.0.0.1:6443</c>. Empty in a pod: then the address comes from
    /// <c>KUBERNETES_SERVICE_HOST</c> and <c>KUBERNETES_SERVICE_PORT</c>, and token and authority from the pod's service account.
    /// </summary>
    public string ApiServer { get; set; } = string.Empty;

    /// <summary>The namespace of the Secrets. Empty for that of the pod's service account.</summary>
    public string Namespace { get; set; } = string.Empty;

    /// <summary>
    /// The name of the deployment whose state this is, which the names of the Secrets start with: 1 to 57 of <c>a</c> to <c>z</c>, digits
    /// and <c>-</c>, with a letter or digit at both ends.
    /// </summary>
    public string Deployment { get; set; } = "marblerun";

    /// <summary>
    /// A PEM file with the authorities of the API server's certificate. Empty to trust those of the system, or of the service account if
    /// <see cref="ApiServer"/> is empty, too.
    /// </summary>
    public string CertificateAuthorityFile { get; set; } = string.Empty;

    /// <summary>
    /// A file with the bearer token. It is read for each request, since tokens of service accounts are replaced before they expire. Empty
    /// for none, or for that of the service account if <see cref="ApiServer"/> is empty, too.
    /// </summary>
    public string TokenFile { get; set; } = string.Empty;

    /// <summary>A PEM file with the client certificate. Empty for none.</summary>
    public string ClientCertificateFile { get; set; } = string.Empty;

    /// <summary>A PEM file with the key of the client certificate.</summary>
    public string ClientKeyFile { get; set; } = string.Empty;

    /// <summary>
    /// A service in the namespace whose endpoints are the Coordinators, <c>name</c> or <c>name:port</c>, with the number of the peer port
    /// or its name in the service; without one, it is 5433. Empty, which is the default, to find no Coordinators by Kubernetes.
    /// </summary>
    public string PeerService { get; set; } = string.Empty;

    /// <summary>The longest time that one request takes: 100 ms to 10 minutes.</summary>
    public TimeSpan CommandTimeout { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>The largest blob that is read or written, in bytes: 64 KiB to 512 MiB.</summary>
    [Range(65_536, 536_870_912)]
    public int MaxBlobSize { get; set; } = 64 * 1024 * 1024;

    /// <summary>
    /// The most bytes of a blob in one Secret: 4 KiB to 960 KiB. A Secret holds 1 MiB, and that of the state also holds its key.
    /// </summary>
    [Range(4_096, 983_040)]
    public int ChunkSize { get; set; } = 512 * 1024;
}
