using System.Net;

namespace MarbleRun.Coordinator.Limits;

/// <summary>Who asks for something that is dear.</summary>
/// <param name="Address">Counts by address.</param>
/// <param name="IsKnown">
/// Whether the certificate of the connection is a user's or a Marble's of this mesh: then unknown callers take no place from it.
/// </param>
internal readonly record struct Caller(CallerAddress Address, bool IsKnown)
{
    /// <summary>The Coordinator itself.</summary>
    public static Caller Own { get; } = new(default, IsKnown: true);

    public static Caller Of(IPAddress? address, bool isKnown) => new(CallerAddress.Of(address), isKnown);
}
