using System.Text;
using MarbleRun.Identity;

namespace MarbleRun.Coordinator.Counters;

/// <summary>
/// The key of a counter in the state: base64 of type, UUID and name with colons between them, as MarbleRun 1.9 stores it.
/// </summary>
internal static class CounterName
{
    public static string Of(MarblePeer marble, string name) => PrefixOf(marble) + Base64(Encoding.UTF8.GetBytes(name));

    /// <summary>What all counters of one Marble begin with.</summary>
    public static string PrefixOf(MarblePeer marble) =>
        $"{PrefixOf(marble.MarbleType)}{Base64(marble.Id.ToByteArray(bigEndian: true))}:";

    /// <summary>What all counters of one type begin with.</summary>
    public static string PrefixOf(string marbleType) => $"{Base64(Encoding.UTF8.GetBytes(marbleType))}:";

    private static string Base64(byte[] bytes) => Convert.ToBase64String(bytes);
}
