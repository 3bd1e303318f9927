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

    /// <summary>The assemblies whose rooms are compared; each may use those before it.</summary>
    public static IReadOnlyList<Rooms> All => [Attestation, Sdk, Coordinator];

    public static Rooms Attestation { get; } = new("MarbleRun.Attestation.dll");

    public static Rooms Sdk { get; } = new("MarbleRun.Sdk.dll");

    public static Rooms Coordinator { get; } = new("MarbleRun.Coordinator.dll");

    /// <summary>All (using type, used type) pairs.</summary>
    public IEnumerable<(TypeDefinition User, TypeReference Used)> Uses =>
        from type in _module.GetAllTypes()
        from used in UsedBy(type)
        select (type, used.GetElementType());

    /// <summary>The types that stand in no other type and that no compiler made.</summary>
    public IEnumerable<TypeDefinition> Types => _module.Types.Where(t => t.Namespace.Length > 0 && !t.Name.StartsWith('<'));

    /// <summary>
    /// Arrows from types of <paramref name="room"/> to types of <paramref name="forbidden"/>: namespaces with those below them, namespaces
    /// alone (<c>=MarbleRun.Tls</c>), or types.
    /// </summary>
    /// <exception cref="ArgumentException">A room or a target of ours does not exist: the row would hold nothing.</exception>
    public IEnumerable<string> Arrows(string room, params string[] forbidden)
    {
        string[] missing =
        [
            .. _module.Types.Any(t => IsIn(t, room)) ? [] : (string[])[room],
            .. forbidden.Where(f => f.TrimStart('=').StartsWith("MarbleRun", StringComparison.Ordinal)
                && !All.Any(r => r._module.Types.Any(t => IsIn(t, f)))),
        ];
        return missing.Length > 0
            ? throw new ArgumentException($"These rooms do not exist: {string.Join(", ", missing)}.", nameof(forbidden))
            : Uses.Where(u => IsIn(u.User, room) && forbidden.Any(f => IsIn(u.Used, f)))
                .Select(u => $"{u.User.FullName} → {u.Used.FullName}")
                .Distinct();
    }

    /// <summary>A copy in which the first type of a room uses the first type of each target.</summary>
    public Rooms With(string room, IEnumerable<string> targets)
    {
        Rooms copy = new(_module.Name);
        TypeDefinition user = copy._module.Types.First(t => IsIn(t, room));
        foreach (string target in targets)
        {
            TypeDefinition used = copy._module.Types.First(t => IsIn(t, target));
            user.Fields.Add(new FieldDefinition($"_{user.Fields.Count}", FieldAttributes.Private, used));
        }

        return copy;
    }

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
        && (room[0] == '='
            ? name == room[1..]
            : name == room || name.StartsWith(room + ".", StringComparison.Ordinal) || $"{name}.{type.Name}" == room);

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
