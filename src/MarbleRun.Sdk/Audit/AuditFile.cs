namespace MarbleRun.Audit;

/// <summary>One file of an audit trail.</summary>
/// <param name="Name">The name that messages use for the file.</param>
/// <param name="Content">Its bytes.</param>
public sealed record AuditFile(string Name, ReadOnlyMemory<byte> Content);
