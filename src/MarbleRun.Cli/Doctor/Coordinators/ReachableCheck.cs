using MarbleRun.Cli.Doctor.Machines;

namespace MarbleRun.Cli.Doctor.Coordinators;

/// <summary>Whether a Coordinator answers at the address.</summary>
internal sealed class ReachableCheck() : CoordinatorCheck(
    "coordinator.reachable", "whether a Coordinator answers", "docs/operations/doctor.md#coordinator")
{
    private const string Remedy = "Check address, port and firewall, and that the Coordinator runs. The client port is 4433 by default.";

    protected override IEnumerable<Finding> Look(Examination examination, CoordinatorFacts coordinator)
    {
        const string Expected = "a Coordinator at its client address";
        string address = examination.Options.Address!;
        yield return coordinator switch
        {
            { Server: { Kind: ServerKind.NoName, Detail: var detail } } => Fail(
                $"the name in {address} is unknown: {detail}", Expected, "Check the name, and the DNS of this machine."),
            { Server: { Kind: ServerKind.Closed, Detail: var detail } } => Fail(
                $"{address} does not accept connections: {detail}", Expected, Remedy),
            { Server: { Kind: ServerKind.NotTls, Detail: var detail } } => Fail(
                $"the server at {address} does not speak TLS: {detail}",
                Expected,
                "This is another server, or the metrics port. Use the client address; a proxy must pass TLS through."),
            { Fault: { } fault } => Fail($"{address} does not answer: {fault}", Expected, Remedy),
            { Phase: null, Status.Status: var status } => Fail(
                $"the server at {address} is not a Coordinator: it answered {status} to /api/v2/status",
                Expected,
                "This is another server, the mesh port, or a Coordinator before MarbleRun 1.5."),
            _ => Good($"{address} answers"),
        };
    }
}
