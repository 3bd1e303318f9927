using MarbleRun.Cli.Doctor.Machines;

namespace MarbleRun.Cli.Doctor.Marbles;

/// <summary>Whether simulation is on where there is hardware, or off where it is missing.</summary>
internal sealed class SimulationCheck() : MarbleCheck(
    "marble.simulation", "OE_SIMULATION", "docs/threat-model.md#the-host-sets-environment-and-time")
{
    private const string Variable = "OE_SIMULATION";

    protected override Task<Finding?> LookAsync(Examination examination, CancellationToken cancellationToken)
    {
        bool isOn = examination.Variable(Variable) == "1";
        TeeFacts tee = examination.Tee;
        return Task.FromResult<Finding?>(
            isOn && tee.Exists ? Fail(
                $"{Variable}=1, and this is {tee.Provider}",
                "evidence of the hardware",
                $"Remove {Variable}: simulated evidence protects nothing.")
            : isOn ? Warn($"{Variable}=1", "hardware, in production", $"Remove {Variable} where there is a trusted execution environment.")
            : !tee.Exists ? Warn(
                "no simulation, and no trusted execution environment that can be used",
                "one of them",
                $"For development set {Variable}=1; for production start the Marble in a trusted execution environment.")
            : Good($"{tee.Provider}, no simulation"));
    }
}
