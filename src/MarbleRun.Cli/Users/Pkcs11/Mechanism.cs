namespace MarbleRun.Cli.Users.Pkcs11;

/// <summary>Mechanisms (CKM).</summary>
internal enum Mechanism : uint
{
    RsaPkcs = 0x01,
    RsaX509 = 0x03,
    RsaPkcsOaep = 0x09,
    Ecdsa = 0x1041,
}
