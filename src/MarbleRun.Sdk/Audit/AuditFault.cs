namespace MarbleRun.Audit;

/// <summary>One thing that is wrong with an audit trail.</summary>
/// <param name="File">The name of the file.</param>
/// <param name="Line">The line that shows it, counted from 1.</param>
/// <param name="Message">What is wrong.</param>
public sealed record AuditFault(string File, int Line, string Message);
