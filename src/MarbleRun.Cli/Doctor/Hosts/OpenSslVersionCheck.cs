using System.Globalization;

namespace MarbleRun.Cli.Doctor.Hosts;

/// <summary>The version of OpenSSL.</summary>
internal sealed class OpenSslVersionCheck() : SimpleCheck(
    "openssl.version", "version of OpenSSL", "docs/tee/launcher.md#what-it-needs-beside-it")
{
    private const int OldestMajor = 3;

    protected override Finding? Look(Examination examination)
    {
        if (examination.Machine.Runtime.OpenSsl is not { } number)
        {
            return null;
        }

        // OpenSSL 3: 0xMNN00PP0, M the major version.
        long major = number >> 28;
        string found = string.Create(
            CultureInfo.InvariantCulture, $"OpenSSL {major}.{(number >> 20) & 0xff}.{(number >> (major >= OldestMajor ? 4 : 12)) & 0xff}");
        return major >= OldestMajor
            ? Good(found)
            : Warn(found, "OpenSSL 3", "Update libssl: OpenSSL 1.1.1 gets no security updates since September 2023.");
    }
}
