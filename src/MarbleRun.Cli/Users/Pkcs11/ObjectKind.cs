namespace MarbleRun.Cli.Users.Pkcs11;

/// <summary>Kinds of objects (CKO) of PKCS#11.</summary>
internal enum ObjectKind : uint
{
    Certificate = 1,
    PublicKey = 2,
    PrivateKey = 3,
}
