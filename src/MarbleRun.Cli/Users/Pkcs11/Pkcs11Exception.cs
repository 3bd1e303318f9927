using System.Globalization;
using System.Runtime.InteropServices;

namespace MarbleRun.Cli.Users.Pkcs11;

/// <summary>A function of PKCS#11 did not return CKR_OK.</summary>
internal sealed class Pkcs11Exception(ReturnCode code) : Exception(NameOf(code))
{
    public ReturnCode Code => code;

    public static void ThrowIfFailed(CULong result)
    {
        if (result.Value != 0)
        {
            throw new Pkcs11Exception((ReturnCode)result.Value);
        }
    }

    private static string NameOf(ReturnCode code) =>
        Enum.IsDefined(code) ? code.ToString() : string.Create(CultureInfo.InvariantCulture, $"CKR 0x{(uint)code:X}");
}
