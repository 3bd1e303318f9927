using Mono.Cecil;
using Mono.Cecil.Cil;
using Mono.Cecil.Rocks;

namespace MarbleRun.Architecture.Tests;

/// <summary>Which room's code uses which room, read from the compiled assembly: a room is a folder, a folder is a namespace.</summary>
internal sealed class Rooms
{
    private readonly ModuleDefinition _module;

    private Rooms(string assembly)
    {
        _module = ModuleDefinition.ReadModule(Path.Combine(AppContext.BaseDirectory, assembly));
    }

    public static Rooms Attestation { get; } = new("MarbleRun.Attestation.dll");

    public static Rooms Sdk { get; } = new("MarbleRun.Sdk.dll");

    public static Rooms Coordinator { get; } = new("MarbleRun.Coordinator.dll");

    /// <summary>All (using type, used type) pairs.</summary>
    public IEnumerable<(TypeDefinition User, TypeReference Used)> Uses =>
        from type in _module.GetAllTypes()
        from used in UsedBy(type)
        select (type, used.GetElementType());

    /// <summary>
    /// Arrows from types of <paramref name="room"/> to types whose full name begins with one of <paramref name="forbidden"/>.
    /// </summary>
    public IEnumerable<string> Arrows(string room, params string[] forbidden) =>
        Uses.Where(u => IsIn(u.User, room) && forbidden.Any(f => IsIn(u.Used, f)))
            .Select(u => $"{u.User.FullName} → {u.Used.FullName}")
            .Distinct();

    /// <summary>
    /// Which types of one namespace of the assembly use which types of another one. Extensions that stand in the framework's namespaces,
    /// and what generators put there, are left out.
    /// </summary>
    public ILookup<(string From, string To), string> ArrowsBetweenNamespaces()
    {
        HashSet<string> own =
            [.. _module.GetAllTypes().Select(FullNamespace).Where(n => n.StartsWith("MarbleRun", StringComparison.Ordinal))];
        return Uses
            .Select(u => (From: FullNamespace(u.User), To: FullNamespace(u.Used), u.User, u.Used))
            .Where(u => u.From != u.To && u.Used.Scope == _module && own.Contains(u.From) && own.Contains(u.To))
            .ToLookup(u => (u.From, u.To), u => $"{u.User.FullName} → {u.Used.FullName}");
    }

    private static bool IsIn(TypeReference type, string room) =>
        FullNamespace(type) is { } name
        && (name == room || name.StartsWith(room + ".", StringComparison.Ordinal) || $"{name}.{type.Name}" == room);

    private static string FullNamespace(TypeReference type) =>
        type.DeclaringType is null ? type.Namespace : FullNamespace(type.DeclaringType);

    private static IEnumerable<TypeReference> UsedBy(TypeDefinition type)
    {
        IEnumerable<TypeReference?> signatures =
        [
            type.BaseType,
            .. type.Interfaces.Select(i => i.InterfaceType),
            .. type.Fields.Select(f => f.FieldType),
            .. type.Properties.Select(p => p.PropertyType),
            .. type.Methods.SelectMany(m => m.Parameters.Select(p => p.ParameterType).Append(m.ReturnType)),
            .. type.Methods
                .Where(m => m.HasBody)
                .SelectMany(m => m.Body.Variables.Select(v => v.VariableType).Concat(m.Body.Instructions.SelectMany(Operands))),
        ];
        return signatures.OfType<TypeReference>().SelectMany(Unfold);
    }

    private static IEnumerable<TypeReference> Operands(Instruction instruction) => instruction.Operand switch
    {
        TypeReference type => [type],
        MethodReference method => [method.DeclaringType, method.ReturnType],
        FieldReference field => [field.DeclaringType, field.FieldType],
        _ => [],
    };

    private static IEnumerable<TypeReference> Unfold(TypeReference type) =>
        type is GenericInstanceType generic ? generic.GenericArguments.SelectMany(Unfold).Append(generic.ElementType) : [type];
}
