using System.ComponentModel.DataAnnotations;

namespace MarbleRun.Coordinator.Etcd;

/// <summary>How a Coordinator reaches its state in etcd: the configuration section <c>Coordinator:Store:Etcd</c>.</summary>
public sealed class EtcdStoreOptions
{
    /// <summary>The configuration section.</summary>
    public const string SectionName = "Coordinator:Store:Etcd";

    /// <summary>
    /// The addresses of the cluster's members, separated by commas, for instance <c>https://etcd1.example.com:2379</c>. Required.
    /// </summary>
    public string Endpoints { get; set; } = string.Empty;

    /// <summary>The name of the deployment whose state this is: 1 to 64 of <c>a</c> to <c>z</c>, digits, <c>-</c>, <c>_</c> and
    /// dots.</summary>
    public string Deployment { get; set; } = "marblerun";

    /// <summary>What all keys start with; the deployment follows.</summary>
    public string KeyPrefix { get; set; } = "/marblerun/";

    /// <summary>A PEM file with the authorities of etcd's certificates. Empty to trust those of the system.</summary>
    public string CertificateAuthorityFile { get; set; } = string.Empty;

    /// <summary>A PEM file with the client certificate. Empty for none.</summary>
    public string ClientCertificateFile { get; set; } = string.Empty;

    /// <summary>A PEM file with the key of the client certificate.</summary>
    public string ClientKeyFile { get; set; } = string.Empty;

    /// <summary>The user of etcd's own authentication. Empty for none.</summary>
    public string User { get; set; } = string.Empty;

    /// <summary>A file whose first line is the user's password. It is read for each log-in.</summary>
    public string PasswordFile { get; set; } = string.Empty;

    /// <summary>The longest time that one operation takes: 100 ms to 10 minutes.</summary>
    public TimeSpan CommandTimeout { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>The largest blob that is read or written, in bytes: 64 KiB to 512 MiB.</summary>
    [Range(65_536, 536_870_912)]
    public int MaxBlobSize { get; set; } = 64 * 1024 * 1024;

    /// <summary>
    /// The most bytes of a blob in one key: 4 KiB to 64 MiB. It must be lower than the cluster's <c>--max-request-bytes</c> by 128 KiB.
    /// </summary>
    [Range(4_096, 67_108_864)]
    public int ChunkSize { get; set; } = 1024 * 1024;
}
