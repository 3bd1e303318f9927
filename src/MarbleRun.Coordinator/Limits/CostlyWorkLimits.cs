namespace MarbleRun.Coordinator.Limits;

/// <summary>How much of a kind of work there may be; each number applies to unknown callers and to known callers separately.</summary>
/// <param name="What">What is made, for the answer: "fresh quotes", for instance.</param>
/// <param name="AtOnce">How many are worked on at the same moment.</param>
/// <param name="Places">How many are worked on or wait.</param>
/// <param name="PlacesOfOneAddress">How many of them one address may have.</param>
internal sealed record CostlyWorkLimits(string What, int AtOnce, int Places, int PlacesOfOneAddress);
