namespace MarbleRun.Attestation.Dcap;

/// <summary>Which collateral will be looked at. What is not given is not checked here; that it is missing comes out at the end.</summary>
internal readonly record struct DcapPlan(bool IsFetched, bool RootList, bool PckList, bool TcbInfo, bool QeIdentity)
{
    /// <summary>A source is asked, and all of it must be there.</summary>
    public static DcapPlan Fetched { get; } = new(true, true, true, true, true);

    public static DcapPlan Given(DcapCollateral? collateral) => new(
        false,
        collateral?.RootRevocationList is not null,
        collateral?.PckRevocationList is not null,
        collateral?.TcbInfo is not null,
        collateral?.QeIdentity is not null);
}
