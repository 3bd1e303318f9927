namespace MarbleRun.Coordinator.Recovery;

/// <summary>
/// The field of 256 elements with the polynomial x^8 + x^4 + x^3 + x + 1 (FIPS 197, 4.2). Bits select with masks, never with a branch or an
/// index, so that the time does not depend on the operands.
/// </summary>
internal static class Gf256
{
    /// <summary>The product: for each bit of <paramref name="b"/> the power of x times <paramref name="a"/>, or zero.</summary>
    public static byte Multiply(byte a, byte b)
    {
        // Unrolled, so that no branch is left to review.
        int power = a;
        int product = power & Mask(b);
        power = Double(power);
        product ^= power & Mask(b >> 1);
        power = Double(power);
        product ^= power & Mask(b >> 2);
        power = Double(power);
        product ^= power & Mask(b >> 3);
        power = Double(power);
        product ^= power & Mask(b >> 4);
        power = Double(power);
        product ^= power & Mask(b >> 5);
        power = Double(power);
        product ^= power & Mask(b >> 6);
        power = Double(power);
        product ^= power & Mask(b >> 7);
        return (byte)product;
    }

    /// <summary>The inverse, a^254 (the group of the others has 255 elements); 0 gives 0.</summary>
    public static byte Invert(byte a)
    {
        byte a2 = Multiply(a, a);
        byte a3 = Multiply(a2, a);
        byte a6 = Multiply(a3, a3);
        byte a12 = Multiply(a6, a6);
        byte a15 = Multiply(a12, a3);
        byte a30 = Multiply(a15, a15);
        byte a60 = Multiply(a30, a30);
        byte a120 = Multiply(a60, a60);
        byte a240 = Multiply(a120, a120);
        return Multiply(Multiply(a240, a12), a2);
    }

    /// <summary>All ones if the lowest bit is set, otherwise zero.</summary>
    private static int Mask(int bit) => -(bit & 1);

    /// <summary>Multiplies by x; the ninth bit, if it is set, is reduced.</summary>
    private static int Double(int a) => (a << 1) ^ (0x11B & -(a >> 7));
}
