using MarbleRun.Attestation;
using MarbleRun.Attestation.Claims;
using MarbleRun.Attestation.Dcap;
using MarbleRun.Cli.Output;
using MarbleRun.Cli.Quotes;
using MarbleRun.Management;

namespace MarbleRun.Cli.Coordinators;

/// <summary>Verifies a Coordinator by the policy and the collateral that the user named.</summary>
internal static class CoordinatorAttestation
{
    /// <returns>The Coordinator; null if the policy switches the verification off.</returns>
    /// <exception cref="InputException">There is no policy.</exception>
    /// <exception cref="CoordinatorVerificationException">The Coordinator is not trustworthy.</exception>
    public static async Task<VerifiedCoordinator?> RunAsync(CommandRun run, string address, byte[]? nonce)
    {
        var trust = new EvidenceTrust(
            GlobalOptions.ReadCollateral(run.Arguments),
            run.Arguments.GetValue(GlobalOptions.TrustedRoot),
            run.Arguments.GetValue(GlobalOptions.Simulation));
        AttestationPolicy? policy = await FindPolicyAsync(run);
        if (policy is { SkipsVerification: true })
        {
            await run.WarnAsync($"{policy.Source} sets InsecureSkipVerify.");
            return null;
        }

        if (policy is null && !trust.Simulation)
        {
            throw new InputException(
                "There is no attestation policy, so that any program could be the Coordinator. Specify --era-config FILE, or put "
                + "coordinator-era.json into the working folder: { \"UniqueID\": \"…\" }, or SignerID, ProductID and SecurityVersion, of "
                + "the release that you run. For a Coordinator in simulation specify --simulation.");
        }

        // The kind of evidence decides who verifies it. It is asked for again, with a nonce, by the verification.
        using var client = CoordinatorClient.WithoutVerification(address);
        CoordinatorEvidence shown = await client.GetEvidenceAsync(cancellationToken: run.CancellationToken);
        IQuoteVerifier verifier = await EvidenceFormats.Find(shown.Quote).CreateVerifierAsync(trust, run.Clock, run.CancellationToken);
        if (policy is null)
        {
            await run.WarnAsync("the Coordinator's code is not compared: anybody who can use this machine can simulate any code.");
        }

        return await CoordinatorClient.VerifyCoordinatorAsync(
            address,
            new CoordinatorExpectation
            {
                Verifier = verifier,
                ExpectedPackage = Apply(run, policy?.Package ?? OwnCode(address, shown.Quote)),
                Nonce = nonce ?? policy?.Nonce ?? default,
                TimeProvider = run.Clock,
            },
            run.CancellationToken);
    }

    private static async Task<AttestationPolicy?> FindPolicyAsync(CommandRun run)
    {
        if (run.Arguments.GetValue(GlobalOptions.EraConfig) is { } chosen)
        {
            return await AttestationPolicy.ReadAsync(chosen, run.CancellationToken);
        }

        if (AttestationPolicy.Find() is not { } found)
        {
            return null;
        }

        await run.TalkAsync("Reusing existing config file");
        return await AttestationPolicy.ReadAsync(found, run.CancellationToken);
    }

    /// <summary>Options that the user gives are stronger than the policy.</summary>
    private static PackageProperties Apply(CommandRun run, PackageProperties package)
    {
        if (run.Arguments.GetValue(GlobalOptions.AcceptedTcbStatuses) is { } statuses)
        {
            package = package with { AcceptedTcbStatuses = [.. statuses] };
        }

        return run.Arguments.GetValue(GlobalOptions.AcceptedAdvisories) is { } advisories
            ? package with { AcceptedAdvisories = [.. advisories] }
            : package;
    }

    /// <summary>In simulation, the code that the Coordinator claims: its comparison proves nothing; the rest is still checked.</summary>
    private static PackageProperties OwnCode(string address, Quote quote) =>
        DcapQuoteContent.TryRead(quote, out DcapQuoteContent? content, out string? fault) && content.Claims.Tee == TeeType.Sgx
            ? new PackageProperties { UniqueId = content.Claims.UniqueId, Debug = content.Claims.Debug }
            : throw new CommandException(
                ExitCodes.VerificationFailed,
                $"The Coordinator at {address} shows no simulated quote{(fault is null ? "." : $": {fault}")} Omit --simulation and "
                + "specify --era-config FILE for a Coordinator on hardware, or use a Coordinator that simulates quotes.");
}
