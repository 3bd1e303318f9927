namespace MarbleRun.Cli.Users.Pkcs11;

/// <summary>Attributes of objects (CKA).</summary>
internal enum ObjectAttribute : uint
{
    Class = 0x00,
    Label = 0x03,
    Value = 0x11,
    KeyType = 0x100,
    Id = 0x102,
    Modulus = 0x120,
    PublicExponent = 0x122,
}
