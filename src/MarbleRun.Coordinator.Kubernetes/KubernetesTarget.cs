namespace MarbleRun.Coordinator.Kubernetes;

/// <summary>Where the Secrets are and what to show there: the options, with what a pod knows for those that are empty.</summary>
/// <param name="ApiServer">Null if it is neither named nor known, or not an address.</param>
/// <param name="Namespace">Empty if it is neither named nor known.</param>
/// <param name="CertificateAuthorityFile">Empty to trust the authorities of the system.</param>
/// <param name="TokenFile">Empty for no token.</param>
internal sealed record KubernetesTarget(Uri? ApiServer, string Namespace, string CertificateAuthorityFile, string TokenFile)
{
    /// <summary>Where the kubelet puts what a pod needs to reach the API server.</summary>
    private const string ServiceAccount = "/var/run/secrets/kubernetes.io/serviceaccount/";

    public static KubernetesTarget Resolve(KubernetesStoreOptions options)
    {
        // The token of the service account is for the API server that the kubelet names, and is sent to no other one unasked.
        bool isPod = options.ApiServer.Length == 0;
        return new KubernetesTarget(
            Parse(isPod ? FindApiServer() : options.ApiServer),
            options.Namespace.Length > 0 ? options.Namespace : ReadNamespace(),
            Choose(options.CertificateAuthorityFile, "ca.crt"),
            options.ClientCertificateFile.Length > 0 ? options.TokenFile : Choose(options.TokenFile, "token"));

        string Choose(string given, string name) => given.Length > 0 || !isPod ? given : ServiceAccount + name;
    }

    private static string FindApiServer()
    {
        string host = Environment.GetEnvironmentVariable("KUBERNETES_SERVICE_HOST") ?? string.Empty;
        string port = Environment.GetEnvironmentVariable("KUBERNETES_SERVICE_PORT") ?? "443";
        return host.Length == 0 ? string.Empty : host.Contains(':', StringComparison.Ordinal) ? $"https://[{host}]:{port}"
            : $"https://{host}:{port}";
    }

    private static string ReadNamespace()
    {
        const string Path = ServiceAccount + "namespace";
        return File.Exists(Path) ? File.ReadAllText(Path).Trim() : string.Empty;
    }

    private static Uri? Parse(string text) =>
        Uri.TryCreate(text, UriKind.Absolute, out Uri? uri)
        && uri is { Scheme: "http" or "https", UserInfo: "", Query: "", Fragment: "" }
            ? uri
            : null;
}
