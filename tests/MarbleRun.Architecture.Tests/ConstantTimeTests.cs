using Mono.Cecil;
using Mono.Cecil.Cil;

namespace MarbleRun.Architecture.Tests;

/// <summary>Arithmetic on secrets neither branches on them nor reads memory at a place that they choose.</summary>
public sealed class ConstantTimeTests
{
    [Fact]
    [Trait("Security", "F2")]
    public void FieldArithmetic_OfSecretSharing_HasNoConditionAndNoIndex()
    {
        using var module = ModuleDefinition.ReadModule(Path.Combine(AppContext.BaseDirectory, "MarbleRun.Coordinator.dll"));

        Assert.Empty(TellTales(module.GetType("MarbleRun.Coordinator.Recovery.Gf256")));
        Assert.NotEmpty(TellTales(module.GetType("MarbleRun.Coordinator.Recovery.ShamirSecretSharing")));
    }

    private static IEnumerable<string> TellTales(TypeDefinition type) =>
        from method in type.Methods
        from instruction in method.Body.Instructions
        where instruction.OpCode.FlowControl == FlowControl.Cond_Branch
            || instruction.OpCode.Name.StartsWith("ldelem", StringComparison.Ordinal)
            || instruction.OpCode.Name.StartsWith("ldind", StringComparison.Ordinal)
            || (instruction.Operand is MethodReference called && called.DeclaringType != type)
        select $"{method.Name}: {instruction}";
}
