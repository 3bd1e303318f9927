using System.Buffers;
using MarbleRun.Manifests.Templates;
using MarbleRun.Manifests.Templates.Execution;

namespace MarbleRun.Tests.Manifests.Templates;

/// <summary>Templates that try to cost more, or to tell more, than they may.</summary>
public sealed class HostileTemplateTests
{
    [Fact]
    public void Printf_WideNumbersOfALongKey_AreBounded()
    {
        TemplateData data = WithKey(new byte[256 * 1024]);
        long before = GC.GetAllocatedBytesForCurrentThread();

        TemplateException fault = Assert.Throws<TemplateException>(() => Run("{{len (printf \"%1000d\" .Secrets.k.Private)}}"u8, data));

        Assert.Contains("a result of more than 4194304 bytes", fault.Message, StringComparison.Ordinal);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1L << 20);
    }

    [Fact]
    public void IndexFault_PositionFromAKey_DoesNotTellTheByte()
    {
        TemplateException fault = Assert.Throws<TemplateException>(
            () => Run("{{index .Secrets.k.Private (index .Secrets.k.Private 0)}}"u8, WithKey([201, 7, 9])));

        Assert.DoesNotContain("201", fault.Message, StringComparison.Ordinal);
    }

    private static TemplateData WithKey(byte[] key) => TestTemplates.Data with
    {
        Secrets = new Dictionary<string, TemplateSecret>
        {
            ["k"] = new TemplateSecret { Type = "symmetric-key", Private = key, Public = key },
        },
    };

    private static void Run(ReadOnlySpan<byte> source, TemplateData data) =>
        Template.Parse(source, TemplateTarget.File).Execute(data, new ArrayBufferWriter<byte>());
}
