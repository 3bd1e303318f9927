using System.Security.Cryptography;
using System.Xml.Linq;
using Microsoft.AspNetCore.DataProtection.Repositories;
using Microsoft.Extensions.Logging;

namespace MarbleRun.AspNetCore.KeyRings;

/// <summary>
/// Stores every element of a key ring encrypted in another repository, and reads only such elements: data protection accepts keys without
/// encryption, so that the owner of the storage could add a key of their own.
/// </summary>
internal sealed partial class KeyRingRepository(
    IXmlRepository inner, KeyRingProtection protection, ILogger<KeyRingRepository> logger) : IXmlRepository
{
    public IReadOnlyCollection<XElement> GetAllElements()
    {
        List<XElement> opened = [];
        int refused = 0;
        string reason = string.Empty;
        foreach (XElement element in inner.GetAllElements())
        {
            try
            {
                opened.Add(protection.Open(element));
            }
            catch (CryptographicException e)
            {
                refused++;
                reason = e.Message;
            }
        }

        if (refused > 0)
        {
            Log.KeysRefused(logger, opened.Count, refused, reason);
        }

        return opened;
    }

    public void StoreElement(XElement element, string friendlyName) => inner.StoreElement(protection.Seal(element), friendlyName);

    private static partial class Log
    {
        [LoggerMessage(
            EventIds.KeysRefused,
            LogLevel.Warning,
            "The data protection key ring has {Accepted} accepted and {Refused} refused elements. The last reason: {Reason}",
            EventName = "KeysRefused")]
        public static partial void KeysRefused(ILogger logger, int accepted, int refused, string reason);
    }
}
