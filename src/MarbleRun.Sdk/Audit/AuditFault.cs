namespace MarbleRun.Audit;

/// <summary>One fault in an audit trail.</summary>
/// <param name="File">The name of the file.</param>
/// <param name="Line">The line with the fault, counted from 1.</param>
/// <param name="Message">What is wrong.</param>
public sealed record AuditFault(string File, int Line, string Message);
