namespace MarbleRun;

/// <summary>The ids of the SDK's log events. They are unique over the product; <c>docs/operations/events.md</c> lists them.</summary>
internal static class EventIds
{
    public const int Activating = 100;
    public const int InstanceIdCreated = 101;
    public const int Activated = 102;
    public const int CoordinatorNotVerified = 103;
    public const int AnyManifestTrusted = 104;
    public const int SimulationTrusted = 105;
    public const int DebugCoordinatorTrusted = 106;

    public const int ActivationWaits = 110;
    public const int TrustWaits = 111;

    public const int PeerRefused = 120;

    public const int CallerRefused = 137;
    public const int CallersLeftOut = 138;

    public const int NoHttpsEndpoint = 140;
    public const int EndpointUnguarded = 141;
    public const int ConnectionRefused = 142;

    public const int AnyMarbleMayAnswer = 170;
}
