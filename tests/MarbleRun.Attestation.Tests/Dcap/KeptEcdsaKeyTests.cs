using System.Security.Cryptography;
using MarbleRun.Attestation.Dcap;

namespace MarbleRun.Tests.Attestation.Dcap;

public sealed class KeptEcdsaKeyTests
{
    [Fact]
    public void Verify_ManyThreads_EachGetsTheRightAnswer()
    {
        const int Count = 400;
        using var signer = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        ECPoint point = signer.ExportParameters(false).Q;
        var key = new KeptEcdsaKey((byte[])[.. point.X!, .. point.Y!]);
        byte[][] data = [.. Enumerable.Range(0, 16).Select(_ => RandomNumberGenerator.GetBytes(64))];
        byte[][] signatures = [.. data.Select(d => signer.SignData(d, HashAlgorithmName.SHA256))];
        var answers = new bool[Count];

        var sixteen = new ParallelOptions { MaxDegreeOfParallelism = 16, CancellationToken = TestContext.Current.CancellationToken };
        Parallel.For(0, Count, sixteen, i => answers[i] = key.Verify(data[i % 16], signatures[i / 16 % 16]));

        Assert.Equal(Enumerable.Range(0, Count).Select(i => i % 16 == i / 16 % 16), answers);
    }

    [Fact]
    public void Verify_KeyThatIsNoPoint_IsFalse()
    {
        var key = new KeptEcdsaKey(new byte[64]);

        Assert.False(key.Verify([1], new byte[64]));
        Assert.False(key.Verify([1], new byte[64]));
    }
}
