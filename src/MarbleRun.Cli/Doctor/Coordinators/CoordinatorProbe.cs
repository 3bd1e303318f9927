using MarbleRun.Cli.Coordinators;
using MarbleRun.Cli.Doctor.Machines;
using MarbleRun.Management;

namespace MarbleRun.Cli.Doctor.Coordinators;

/// <summary>Asks a Coordinator for everything that the checks look at. All of it is public.</summary>
internal static class CoordinatorProbe
{
    public static async Task<CoordinatorFacts> RunAsync(IMachine machine, DoctorOptions options, CancellationToken cancellationToken)
    {
        Uri address = options.Server ?? throw new InvalidOperationException("No Coordinator was named.");
        ServerFacts server = await machine.Network.ConnectAsync(address.Host, address.Port, cancellationToken);
        var facts = new CoordinatorFacts { Server = server };
        if (server.Kind != ServerKind.Tls)
        {
            return facts;
        }

        try
        {
            facts = facts with
            {
                Status = await machine.Network.GetAsync(new Uri(address, "api/v2/status"), cancellationToken),
                Api = await machine.Network.GetAsync(new Uri(address, "api/v2/openapi.json"), cancellationToken),
            };
        }
        catch (Exception e) when (e is HttpRequestException or IOException)
        {
            return facts with { Fault = e.Message };
        }

        return facts.Phase is null ? facts : await AttestAsync(facts, machine, options, cancellationToken);
    }

    private static async Task<CoordinatorFacts> AttestAsync(
        CoordinatorFacts facts, IMachine machine, DoctorOptions options, CancellationToken cancellationToken)
    {
        try
        {
            AttestedCoordinator attested = await options.Attest!();
            return facts with
            {
                Evidence = attested.Evidence,
                Verdict = attested.Verdict,
                Outcome = attested.Verdict is null ? AttestationOutcome.Skipped : AttestationOutcome.Accepted,
            };
        }
        catch (InputException e)
        {
            facts = facts with { Outcome = AttestationOutcome.NotDone, Reason = e.Message };
        }
        catch (CoordinatorVerificationException e)
        {
            facts = facts with { Outcome = AttestationOutcome.Refused, Reason = e.Message, Verdict = e.Verdict };
        }
        catch (Exception e) when (e is CommandException or CoordinatorException)
        {
            facts = facts with { Outcome = AttestationOutcome.Refused, Reason = e.Message };
        }

        try
        {
            return facts with { Evidence = await machine.Network.GetEvidenceAsync(options.Address!, cancellationToken) };
        }
        catch (CoordinatorException)
        {
            // The reason above says what is wrong; without evidence, its checks do not apply.
            return facts;
        }
    }
}
