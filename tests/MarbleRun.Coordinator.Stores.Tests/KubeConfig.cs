using System.Text;
using MarbleRun.TestSupport;
using YamlDotNet.RepresentationModel;

namespace MarbleRun.Coordinator.Stores.Tests;

/// <summary>
/// The current context of a kubeconfig ("Organizing Cluster Access Using kubeconfig Files"), as options of the store. Credentials in it are
/// written to files of a test.
/// </summary>
internal sealed class KubeConfig
{
    private readonly YamlMappingNode _cluster;
    private readonly YamlMappingNode _user;
    private readonly string _directory;
    private readonly TemporaryDirectory _folder;

    private KubeConfig(YamlMappingNode root, string directory, TemporaryDirectory folder)
    {
        (_directory, _folder) = (directory, folder);
        YamlMappingNode context = Find(root, "contexts", "context", Text(root, "current-context"));
        _cluster = Find(root, "clusters", "cluster", Text(context, "cluster"));
        _user = Find(root, "users", "user", Text(context, "user"));
        Namespace = Text(context, "namespace") is { Length: > 0 } given ? given : "default";
    }

    public string Server => Text(_cluster, "server");

    public string Namespace { get; }

    /// <summary>What of it the store cannot use; null if it can use all.</summary>
    public string? Unsupported =>
        Text(_cluster, "insecure-skip-tls-verify") == "true" ? "it does not verify the server (insecure-skip-tls-verify)"
        : Has(_user, "exec") || Has(_user, "auth-provider") ? "its user gets credentials from a program (exec)"
        : Has(_user, "username") ? "its user has a password"
        : null;

    public static KubeConfig Read(string path, TemporaryDirectory folder)
    {
        using var reader = new StringReader(File.ReadAllText(path));
        var yaml = new YamlStream();
        yaml.Load(reader);
        return new KubeConfig((YamlMappingNode)yaml.Documents[0].RootNode, Path.GetDirectoryName(Path.GetFullPath(path))!, folder);
    }

    public IEnumerable<(string Key, string Value)> ToSettings(string deployment) =>
    [
        ("Coordinator:Store:Kubernetes:ApiServer", Server),
        ("Coordinator:Store:Kubernetes:Namespace", Namespace),
        ("Coordinator:Store:Kubernetes:Deployment", deployment),
        ("Coordinator:Store:Kubernetes:CertificateAuthorityFile", FileOf(_cluster, "certificate-authority")),
        ("Coordinator:Store:Kubernetes:ClientCertificateFile", FileOf(_user, "client-certificate")),
        ("Coordinator:Store:Kubernetes:ClientKeyFile", FileOf(_user, "client-key")),
        ("Coordinator:Store:Kubernetes:TokenFile", Has(_user, "token") ? Write("token", Encoding.UTF8.GetBytes(Text(_user, "token")))
            : Resolve(Text(_user, "tokenFile"))),
    ];

    private static YamlMappingNode Find(YamlMappingNode root, string list, string member, string name) =>
        ((YamlSequenceNode)root[list]).Cast<YamlMappingNode>().Where(n => Text(n, "name") == name).Select(n => (YamlMappingNode)n[member])
            .Single();

    private static bool Has(YamlMappingNode node, string name) => node.Children.ContainsKey(name);

    private static string Text(YamlMappingNode node, string name) =>
        node.Children.TryGetValue(name, out YamlNode? value) ? ((YamlScalarNode)value).Value ?? string.Empty : string.Empty;

    private string FileOf(YamlMappingNode node, string name) => Text(node, $"{name}-data") is { Length: > 0 } data
        ? Write(name, Convert.FromBase64String(data))
        : Resolve(Text(node, name));

    /// <summary>Relative to the file.</summary>
    private string Resolve(string path) => path.Length == 0 ? path : Path.Combine(_directory, path);

    private string Write(string name, byte[] content)
    {
        string path = _folder.File($"kubeconfig-{name}");
        File.WriteAllBytes(path, content);
        return path;
    }
}
