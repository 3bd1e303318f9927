using MarbleRun.Coordinator.Diagnostics;

namespace MarbleRun.Coordinator.Audit;

/// <summary>Something that is allowed, as the audit trail holds it.</summary>
internal sealed class Decision
{
    private Decision(string action, AuditActor actor, IReadOnlyList<(string Name, string Value)[]> records)
    {
        Action = action;
        Actor = actor;
        Records = records;
    }

    /// <summary>What was asked for, words with dots.</summary>
    public string Action { get; }

    /// <summary>Who asked.</summary>
    public AuditActor Actor { get; }

    /// <summary>Of each record, names, numbers and fingerprints.</summary>
    public IReadOnlyList<(string Name, string Value)[]> Records { get; }

    public static Decision Of(string action, AuditActor actor, params (string Name, string Value)[] details) =>
        new(action, actor, [details]);

    /// <summary>In as many records as it takes to name all that it is about.</summary>
    /// <param name="action">What was asked for.</param>
    /// <param name="actor">Who asked.</param>
    /// <param name="detail">What the names are of.</param>
    /// <param name="names">At least one.</param>
    public static Decision About(string action, AuditActor actor, string detail, IEnumerable<string> names) =>
        new(action, actor, [.. LogText.Join(names).Select(text => new (string Name, string Value)[] { (detail, text) })]);
}
