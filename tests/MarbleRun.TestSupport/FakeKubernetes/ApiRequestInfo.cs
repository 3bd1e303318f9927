namespace MarbleRun.TestSupport.FakeKubernetes;

/// <summary>A request as the server understands it (Authorization overview, "Determine the request verb").</summary>
public sealed record ApiRequestInfo(string Verb, ObjectPath Path, string User)
{
    public bool IsWrite => Verb is "create" or "update" or "delete";

    public override string ToString() => $"{Verb} {Path.Resource}/{Path.Name}";
}
