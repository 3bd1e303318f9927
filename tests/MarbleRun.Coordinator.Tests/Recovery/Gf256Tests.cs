using System.Security.Cryptography;
using MarbleRun.Coordinator.Recovery;

namespace MarbleRun.Coordinator.Tests.Recovery;

public sealed class Gf256Tests
{
    [Theory]
    [InlineData(0x57, 0x83, 0xC1)]
    [InlineData(0x57, 0x13, 0xFE)]
    [InlineData(0x57, 0x02, 0xAE)]
    [InlineData(0x57, 0x10, 0x07)]
    public void Multiply_ExamplesOfFips197_GivesTheirProducts(byte a, byte b, byte product) => Assert.Equal(product, Gf256.Multiply(a, b));

    [Fact]
    [Trait("Security", "F2")]
    public void Multiply_AllPairs_AreThoseOfTheOtherComputation()
    {
        byte[] products =
            [.. from a in Enumerable.Range(0, 256) from b in Enumerable.Range(0, 256) select Gf256.Multiply((byte)a, (byte)b)];

        Assert.Equal(ShamirVectors.Shared.Products, Convert.ToHexStringLower(SHA256.HashData(products)));
    }

    [Fact]
    [Trait("Security", "F2")]
    public void Invert_AllElements_AreThoseOfTheOtherComputation()
    {
        byte[] inverses = [.. Enumerable.Range(0, 256).Select(a => Gf256.Invert((byte)a))];

        Assert.Equal(ShamirVectors.Shared.Inverses, Convert.ToHexStringLower(inverses));
    }
}
