using Mono.Cecil;
using Mono.Cecil.Cil;
using Mono.Cecil.Rocks;

namespace MarbleRun.Architecture.Tests;

/// <summary>
/// No check of a peer's certificate accepts everything, however it is written: as a lambda, as a method group, or by a switch of the
/// framework.
/// </summary>
public sealed class CertificateCheckTests
{
    private static readonly string[] s_assemblies = ["MarbleRun.Sdk.dll", "MarbleRun.Coordinator.dll", "MarbleRun.Testing.dll"];

    private static readonly string[] s_switches = ["get_DangerousAcceptAnyServerCertificateValidator", "AllowAnyClientCertificate"];

    public static TheoryData<string> Assemblies => [.. s_assemblies];

    [Theory]
    [MemberData(nameof(Assemblies))]
    [Trait("Security", "C11")]
    public void CertificateChecks_OfAnAssembly_CanRefuse(string assembly)
    {
        using var module = ModuleDefinition.ReadModule(Path.Combine(AppContext.BaseDirectory, assembly));

        Assert.Empty(BlindChecks(module));
    }

    [Fact]
    [Trait("Security", "C11")]
    public void CertificateChecks_ThatAcceptEverything_AreFound()
    {
        using var module = ModuleDefinition.ReadModule(typeof(CertificateCheckTests).Assembly.Location);

        Assert.Equal(
            ["AcceptAll", "AcceptAllInSteps", "AnyServer", "<Lambda>"],
            BlindChecks(module)
                .Where(name => name.Contains(nameof(Samples), StringComparison.Ordinal))
                .Select(ShortName)
                .Order(s_byMeaning));
    }

    private static readonly Comparer<string> s_byMeaning = Comparer<string>.Create(
        (a, b) => string.CompareOrdinal(a.TrimStart('<'), b.TrimStart('<')));

    private static string ShortName(string name) =>
        name.Contains("<Lambda>", StringComparison.Ordinal) ? "<Lambda>" : name[(name.LastIndexOf('.') + 1)..];

    private static IEnumerable<string> BlindChecks(ModuleDefinition module) =>
        from type in module.GetAllTypes()
        from method in type.Methods
        where method.HasBody && ((IsCheck(method) && !CanRefuse(method)) || UsesSwitch(method))
        select $"{type.FullName}.{method.Name}";

    /// <summary>A method that could be a callback: it takes a certificate and the policy's errors, and answers yes or no.</summary>
    private static bool IsCheck(MethodDefinition method) =>
        method.ReturnType.FullName == "System.Boolean"
        && method.Parameters.Any(p => p.ParameterType.Name is "X509Certificate" or "X509Certificate2")
        && method.Parameters.Any(p => p.ParameterType.Name == "SslPolicyErrors");

    /// <summary>Whether it depends on anything: a branch, a call, a comparison or a constant other than true.</summary>
    private static bool CanRefuse(MethodDefinition method) => method.Body.Instructions.Any(
        i => i.OpCode.FlowControl is FlowControl.Cond_Branch or FlowControl.Call or FlowControl.Throw
            || i.OpCode.Code is Code.Ceq or Code.Cgt or Code.Cgt_Un or Code.Clt or Code.Clt_Un or Code.Ldc_I4_0);

    private static bool UsesSwitch(MethodDefinition method) =>
        method.Body.Instructions.Any(i => i.Operand is MethodReference called && s_switches.Contains(called.Name));

    private static class Samples
    {
        public static Func<
            HttpRequestMessage,
            System.Security.Cryptography.X509Certificates.X509Certificate2?,
            System.Net.Security.SslPolicyErrors,
            bool> Lambda() =>
            (_, _, _) => true;

        public static bool AcceptAll(
            System.Security.Cryptography.X509Certificates.X509Certificate? certificate, System.Net.Security.SslPolicyErrors errors) => true;

        public static bool AcceptAllInSteps(
            System.Security.Cryptography.X509Certificates.X509Certificate2? certificate, System.Net.Security.SslPolicyErrors errors)
        {
            bool accepted = true;
            return accepted;
        }

        public static object AnyServer() => HttpClientHandler.DangerousAcceptAnyServerCertificateValidator;

        public static bool Strict(
            System.Security.Cryptography.X509Certificates.X509Certificate2? certificate, System.Net.Security.SslPolicyErrors errors) =>
            errors == System.Net.Security.SslPolicyErrors.None;
    }
}
