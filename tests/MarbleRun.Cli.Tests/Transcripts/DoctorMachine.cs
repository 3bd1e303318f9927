using MarbleRun.Attestation;
using MarbleRun.Cli.Doctor.Machines;
using MarbleRun.Cli.Tests.Doctor;
using MarbleRun.Tee;

namespace MarbleRun.Cli.Tests.Transcripts;

/// <summary>The machine that the doctor of a transcript examines: the same everywhere, with this machine's network and clock.</summary>
internal sealed class DoctorMachine : IMachine
{
    private readonly FakeMachine _machine = new();

    /// <param name="quote">The quote of this machine, which makes it an enclave of SGX in Gramine; null for a desk.</param>
    public DoctorMachine(Quote? quote)
    {
        if (quote is not null)
        {
            _machine.Tee = new TeeFacts
            {
                Provider = "sgx",
                Backend = TeeBackend.Gramine,
                Capabilities = TeeCapabilities.Evidence | TeeCapabilities.UniqueKey | TeeCapabilities.ProductKey,
            };
            _machine.Evidence = () => quote;
            _machine.Variables["DOTNET_EnableDiagnostics"] = "0";
        }
    }

    public IReadOnlyDictionary<string, string> Variables => _machine.Variables;

    public TimeProvider Clock => TimeProvider.System;

    public MachineRuntime Runtime => _machine.Runtime;

    // The app of --app is a real file.
    public IMachineFiles Files => _machine;

    public IMachineNetwork Network { get; } = new SystemNetwork(TimeProvider.System);

    public IMachineTee Tee => _machine;

    public SignatureSpeed MeasureSignatures(string curve) => _machine.MeasureSignatures(curve);
}
