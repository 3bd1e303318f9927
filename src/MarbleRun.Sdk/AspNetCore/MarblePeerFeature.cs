using MarbleRun.Identity;

namespace MarbleRun.AspNetCore;

/// <summary>The Marble on the other side of the request's connection.</summary>
internal sealed record MarblePeerFeature(MarblePeer Peer);
