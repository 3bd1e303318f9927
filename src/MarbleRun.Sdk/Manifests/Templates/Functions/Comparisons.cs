namespace MarbleRun.Manifests.Templates.Functions;

/// <summary>Comparison and logic. The execution evaluates the arguments of <c>and</c> and <c>or</c> one after another.</summary>
internal static class Comparisons
{
    private const string WrongKind = "invalid type for comparison";
    private const string DifferentKinds = "incompatible types for comparison";

    private static readonly Func<IReadOnlyList<TemplateValue>, FunctionResult> s_lazy =
        _ => throw new InvalidOperationException("Arguments are evaluated by the execution.");

    public static IReadOnlyDictionary<string, TemplateFunction> ByName { get; } = new Dictionary<string, TemplateFunction>(
        StringComparer.Ordinal)
    {
        ["and"] = new(1, null, s_lazy),
        ["or"] = new(1, null, s_lazy),
        ["not"] = TemplateFunction.Of(value => FunctionResult.Of(!value.IsTrue)),
        ["eq"] = new(1, null, IsEqualToAny),
        ["ne"] = new(2, 2, arguments => Negate(AreEqual(arguments[0], arguments[1]))),
        ["lt"] = new(2, 2, arguments => Ordered(arguments, order => order < 0)),
        ["le"] = new(2, 2, arguments => Ordered(arguments, order => order <= 0)),
        ["gt"] = new(2, 2, arguments => Ordered(arguments, order => order > 0)),
        ["ge"] = new(2, 2, arguments => Ordered(arguments, order => order >= 0)),
    };

    private static FunctionResult IsEqualToAny(IReadOnlyList<TemplateValue> arguments)
    {
        if (arguments.Count == 1)
        {
            return FunctionResult.Refuse("missing argument for comparison");
        }

        for (int i = 1; i < arguments.Count; i++)
        {
            FunctionResult result = AreEqual(arguments[0], arguments[i]);
            if (result.Fault is not null || result.Value!.IsTrue)
            {
                return result;
            }
        }

        return FunctionResult.Of(false);
    }

    private static FunctionResult AreEqual(TemplateValue first, TemplateValue second) => (first, second) switch
    {
        (IntegerValue a, IntegerValue b) => FunctionResult.Of(a.Value == b.Value),
        (TextValue a, TextValue b) => FunctionResult.Of(a.Utf8.Span.SequenceEqual(b.Utf8.Span)),
        (BooleanValue a, BooleanValue b) => FunctionResult.Of(a.Value == b.Value),
        (MissingValue, _) or (_, MissingValue) => FunctionResult.Of(IsNothing(first) && IsNothing(second)),
        (KeyValue, KeyValue) when IsNothing(first) || IsNothing(second) => FunctionResult.Of(IsNothing(first) && IsNothing(second)),
        _ => FunctionResult.Refuse(
            IsBasic(first) && IsBasic(second) ? DifferentKinds : $"non-comparable types {first.TypeName}, {second.TypeName}"),
    };

    private static FunctionResult Negate(FunctionResult result) => result.Fault is null ? FunctionResult.Of(!result.Value!.IsTrue) : result;

    private static FunctionResult Ordered(IReadOnlyList<TemplateValue> arguments, Func<int, bool> isWanted) =>
        (arguments[0], arguments[1]) switch
        {
            (IntegerValue a, IntegerValue b) => FunctionResult.Of(isWanted(a.Value.CompareTo(b.Value))),
            (TextValue a, TextValue b) => FunctionResult.Of(isWanted(a.Utf8.Span.SequenceCompareTo(b.Utf8.Span))),
            (IntegerValue or TextValue, IntegerValue or TextValue) => FunctionResult.Refuse(DifferentKinds),
            _ => FunctionResult.Refuse(WrongKind),
        };

    /// <summary>A missing key counts as nothing; two existing keys cannot be compared.</summary>
    private static bool IsNothing(TemplateValue value) => value is MissingValue or KeyValue { Bytes.IsEmpty: true };

    private static bool IsBasic(TemplateValue value) => value is IntegerValue or TextValue or BooleanValue;
}
