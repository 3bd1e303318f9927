namespace MarbleRun.TestSupport.FakeKubernetes;

/// <summary>A collection, or an object in it (API concepts, "Resource URIs").</summary>
public sealed record ObjectPath(string Resource, string Namespace, string? Name)
{
    public string Prefix => $"{Resource}/{Namespace}/";

    public string Key => Prefix + Name;

    public string Group => Resource == "secrets" ? "" : "discovery.k8s.io";

    public string ApiVersion => Resource == "secrets" ? "v1" : "discovery.k8s.io/v1";

    public string Kind => Resource == "secrets" ? "Secret" : "EndpointSlice";

    /// <summary>Null for a path that the server does not have.</summary>
    public static ObjectPath? TryParse(string path) => path.Trim('/').Split('/') switch
    {
        ["api", "v1", "namespaces", var ns, "secrets"] => new ObjectPath("secrets", ns, null),
        ["api", "v1", "namespaces", var ns, "secrets", var name] => new ObjectPath("secrets", ns, name),
        ["apis", "discovery.k8s.io", "v1", "namespaces", var ns, "endpointslices"] => new ObjectPath("endpointslices", ns, null),
        ["apis", "discovery.k8s.io", "v1", "namespaces", var ns, "endpointslices", var name] =>
            new ObjectPath("endpointslices", ns, name),
        _ => null,
    };
}
