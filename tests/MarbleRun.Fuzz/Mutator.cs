namespace MarbleRun.Fuzz;

/// <summary>A few of the mutations that find faults in parsers.</summary>
internal static class Mutator
{
    private static readonly byte[][] s_numbers =
    [
        [0],
        [0xff],
        [0x7f],
        [0x80],
        [0xff, 0xff],
        [0, 0x80],
        [0xff, 0xff, 0xff, 0xff],
        [0xff, 0xff, 0xff, 0x7f],
        [0, 0, 0, 0x80],
        [0x30, 0x84, 0xff, 0xff, 0xff, 0xff],
    ];

    public static byte[] Mutate(byte[] seed, Random random)
    {
        byte[] input = [.. seed];
        for (int i = random.Next(1, 5); i > 0 && input.Length > 0; i--)
        {
            int at = random.Next(input.Length);
            input = random.Next(7) switch
            {
                0 => input[..at],
                1 => [.. input, .. new byte[random.Next(64)]],
                2 => [.. input[..at], .. input[random.Next(at, input.Length)..]],
                3 => [.. input[..at], .. input[random.Next(input.Length)..], .. input[at..]],
                4 => Overwrite(input, at, s_numbers[random.Next(s_numbers.Length)]),
                5 => Overwrite(input, at, [(byte)random.Next(256)]),
                _ => Overwrite(input, at, [(byte)(input[at] ^ (1 << random.Next(8)))]),
            };
        }

        return input;
    }

    private static byte[] Overwrite(byte[] input, int at, byte[] value)
    {
        value.AsSpan(0, Math.Min(value.Length, input.Length - at)).CopyTo(input.AsSpan(at));
        return input;
    }
}
