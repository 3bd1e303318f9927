using MarbleRun.Audit;

namespace MarbleRun.Coordinator.AuditReading;

/// <summary>A part of the trail.</summary>
/// <param name="Lines">The lines without their line feeds, as they are on the disk; only their chain to the head proves them.</param>
/// <param name="Head">The end of the trail, from memory.</param>
internal sealed record AuditRecords(IReadOnlyList<ReadOnlyMemory<byte>> Lines, AuditHead Head);
