using System.Text.RegularExpressions;
using MarbleRun.TestSupport;
using Mono.Cecil;
using Mono.Cecil.Cil;

namespace MarbleRun.Architecture.Tests;

/// <summary>
/// Evidence is judged by managed code that says what it does: no native library, nothing that a linker can't follow, nothing that only one
/// operating system has, and no judgement handed to a TLS stack or a certificate store.
/// </summary>
public sealed partial class ForeignCodeTests
{
    private const string Room = "MarbleRun.Attestation";

    // It measures the files of an app and keeps keys in a folder; it judges nothing.
    private const string Simulation = Room + ".Simulation";

    [Fact]
    public void Attestation_HasNoMethodOfANativeLibrary() =>
        Assert.DoesNotContain(Types(Room).SelectMany(t => t.Methods), m => m.IsPInvokeImpl || m.IsInternalCall || m.IsUnmanaged);

    [Theory]
    [InlineData("System.Reflection")]
    [InlineData("System.Runtime.InteropServices.NativeLibrary")]
    [InlineData("System.Runtime.InteropServices.Marshal")]
    [InlineData("System.Activator")]
    [InlineData("System.Linq.Expressions")]
    [InlineData("System.Runtime.CompilerServices.Unsafe")]
    [InlineData("System.OperatingSystem")]
    [InlineData("System.Runtime.InteropServices.RuntimeInformation")]
    [InlineData("System.Runtime.Versioning.SupportedOSPlatformAttribute")]
    [InlineData("System.Security.Cryptography.X509Certificates")]
    [InlineData("System.Net.Security")]
    [InlineData("System.Diagnostics")]
    public void Attestation_OutsideSimulation_DoesNotUse(string foreign) =>
        Assert.DoesNotContain(Rooms.Attestation.Arrows(Room, foreign), a => !a.StartsWith(Simulation, StringComparison.Ordinal));

    [Theory]
    [InlineData("GetType")]
    [InlineData("MakeGenericType")]
    [InlineData("MakeGenericMethod")]
    [InlineData("GetMethod")]
    [InlineData("GetProperty")]
    public void Attestation_CallsNoReflection(string method) =>
        Assert.DoesNotContain(
            Calls(), c => c.Name == method && c.DeclaringType.FullName is "System.Type" or "System.Reflection.MethodInfo");

    // Iterators of the compiler ask for the thread.
    [Fact]
    public void Attestation_OutsideSimulation_ReadsNoEnvironment() =>
        Assert.DoesNotContain(
            Calls(t => !t.FullName.StartsWith(Simulation, StringComparison.Ordinal)),
            c => c.DeclaringType.FullName == "System.Environment" && c.Name != "get_CurrentManagedThreadId");

    [Fact]
    public void Attestation_IsMarkedForNoOperatingSystem() =>
        Assert.DoesNotContain(
            Types(Room).SelectMany(t => t.CustomAttributes.Concat(t.Methods.SelectMany(m => m.CustomAttributes))),
            a => a.AttributeType.Namespace == "System.Runtime.Versioning"
                && a.AttributeType.Name.Contains("OSPlatform", StringComparison.Ordinal));

    [Fact]
    public void Attestation_LeavesNoCertificateToACallback() =>
        Assert.DoesNotContain(
            RepositoryFiles.CSharp(Path.Combine("src", "MarbleRun.Attestation")), f => Callback().IsMatch(File.ReadAllText(f)));

    [Fact]
    public void Attestation_ThatExists_IsSeenByTheseTests()
    {
        Assert.NotEmpty(Types(Room));
        Assert.NotEmpty(Calls());
        Assert.NotEmpty(Rooms.Attestation.Arrows(Room, "System.Formats.Asn1"));
        Assert.NotEmpty(Rooms.Attestation.Arrows(Simulation, "System.Security.Cryptography.X509Certificates"));
    }

    private static IEnumerable<TypeDefinition> Types(string room) =>
        Rooms.Attestation.Uses.Select(u => u.User).Distinct().Where(t => t.FullName.StartsWith(room + ".", StringComparison.Ordinal));

    private static IEnumerable<MethodReference> Calls(Func<TypeDefinition, bool>? of = null) =>
        Types(Room)
            .Where(of ?? (_ => true))
            .SelectMany(t => t.Methods)
            .Where(m => m.HasBody)
            .SelectMany(m => m.Body.Instructions)
            .Select(i => i.Operand)
            .OfType<MethodReference>();

    [GeneratedRegex("RemoteCertificateValidationCallback|ServerCertificateCustomValidationCallback|X509Chain")]
    private static partial Regex Callback();
}
