namespace MarbleRun.Attestation;

/// <summary>Distinguishes Intel's quoting enclaves from others, and quotes from evidence of another kind.</summary>
internal static class IntelVendor
{
    /// <summary>QE Vendor ID (Intel SGX ECDSA Quote Library API, Quote Header): a UUID, 16 bytes.</summary>
    public static ReadOnlySpan<byte> Id => [0x93, 0x9a, 0x72, 0x33, 0xf7, 0x9c, 0x4c, 0xa9, 0x94, 0x0a, 0x0d, 0xb3, 0x95, 0x7f, 0x06, 0x07];
}
