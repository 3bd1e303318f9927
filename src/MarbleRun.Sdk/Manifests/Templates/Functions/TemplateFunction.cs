namespace MarbleRun.Manifests.Templates.Functions;

/// <summary>A function and the number of its arguments.</summary>
/// <param name="Least">The least number.</param>
/// <param name="Most">The largest number; null for no limit.</param>
/// <param name="Call">Evaluates it.</param>
internal sealed record TemplateFunction(int Least, int? Most, Func<IReadOnlyList<TemplateValue>, FunctionResult> Call)
{
    /// <summary>A function of one argument.</summary>
    public static TemplateFunction Of(Func<TemplateValue, FunctionResult> call) => new(1, 1, arguments => call(arguments[0]));

    /// <summary>Returns null if a number of arguments is valid, otherwise the error.</summary>
    public string? FaultOf(string name, int count) =>
        count >= Least && count <= (Most ?? count)
            ? null
            : $"wrong number of args for {name}: want {(Most == Least ? string.Empty : "at least ")}{Least} got {count}";
}
