using System.Security.Cryptography.X509Certificates;
using System.Text;
using MarbleRun.Cli.Output;
using MarbleRun.Management;

namespace MarbleRun.Cli.Coordinators;

/// <summary>
/// Opens connections to the Coordinator that the user named. Every way leads through a verification, except <c>--insecure</c>.
/// </summary>
internal sealed class CoordinatorAccess
{
    private readonly CommandRun _run;
    private readonly string _address;
    private readonly bool _isInsecure;
    private readonly PinStore? _pins;

    private CoordinatorAccess(CommandRun run, string address)
    {
        _run = run;
        _address = address;
        _isInsecure = run.Arguments.GetValue(GlobalOptions.Insecure);
        _pins = _isInsecure ? null : PinStore.For(address, run.Arguments.GetValue(GlobalOptions.CoordinatorCert));
    }

    /// <exception cref="InputException">The address is not one of a Coordinator.</exception>
    public static CoordinatorAccess For(CommandRun run, string address)
    {
        try
        {
            // The SDK knows which addresses there are.
            CoordinatorClient.WithoutVerification(address).Dispose();
        }
        catch (ArgumentException e)
        {
            throw new InputException(
                $"'{address}' is not the address of a Coordinator. Specify host:port of its client port, for instance localhost:4433.", e);
        }

        return new CoordinatorAccess(run, address);
    }

    /// <summary>Verifies the quote of the Coordinator.</summary>
    /// <exception cref="CommandException">The root is another one than at the verification before.</exception>
    /// <exception cref="CoordinatorVerificationException">The Coordinator is not trustworthy.</exception>
    public async Task<AttestedCoordinator> AttestAsync(PinUse use)
    {
        byte[]? nonce = _run.Arguments.GetValue(GlobalOptions.Nonce) is { Length: > 0 } text ? Encoding.UTF8.GetBytes(text) : null;
        if (_isInsecure)
        {
            return await InspectAsync(nonce);
        }

        VerifiedCoordinator? verified = await CoordinatorAttestation.RunAsync(_run, _address, nonce);
        if (verified is null)
        {
            return await InspectAsync(nonce);
        }

        var coordinator = new AttestedCoordinator(verified.Evidence, verified.Verdict);
        if (use != PinUse.Ignore)
        {
            await KeepAsync(coordinator.Pin, use);
        }

        return coordinator;
    }

    /// <summary>
    /// Opens a connection that is pinned to the root of an earlier verification. If this address was not verified before, that happens
    /// first.
    /// </summary>
    /// <param name="user">The user's certificate with its key; null for a call without a user.</param>
    public async Task<CoordinatorClient> ConnectAsync(X509Certificate2? user = null)
    {
        if (_isInsecure)
        {
            await WarnAsync();
            return CoordinatorClient.WithoutVerification(_address, user);
        }

        CoordinatorPin pin = _pins!.Read() ?? (await AttestAsync(PinUse.Compare)).Pin;
        return CoordinatorClient.ForRoot(_address, pin.Root, user);
    }

    /// <summary>Opens a connection to a Coordinator that was just verified.</summary>
    public CoordinatorClient Open(AttestedCoordinator coordinator, X509Certificate2? user = null) =>
        coordinator.Verdict is null
            ? CoordinatorClient.WithoutVerification(_address, user)
            : CoordinatorClient.ForRoot(_address, coordinator.Evidence.Root, user);

    /// <summary>Writes the quote to the file of <c>--save-sgx-quote</c>, if the user asks for it.</summary>
    public async Task SaveQuoteAsync(AttestedCoordinator coordinator)
    {
        if (_run.Arguments.GetValue(GlobalOptions.SaveSgxQuote) is not { } path)
        {
            return;
        }

        byte[] quote = coordinator.Evidence.Quote.ToEvidence();
        if (quote.Length == 0)
        {
            throw new CommandException(
                ExitCodes.Failed, $"The Coordinator at {_address} has no quote, because it runs in simulation. {path} was not written.");
        }

        await PrivateFile.WriteAsync(path, quote, overwrite: true, _run.CancellationToken);
    }

    private async Task<AttestedCoordinator> InspectAsync(byte[]? nonce)
    {
        await WarnAsync();
        using var client = CoordinatorClient.WithoutVerification(_address);
        return new AttestedCoordinator(await client.GetEvidenceAsync(nonce, _run.CancellationToken), Verdict: null);
    }

    /// <summary>On standard error, so that it is not missed in a pipe.</summary>
    private Task WarnAsync() => _run.WarnAsync(
        $"skipping quote verification. Any server that answers at {_address} is trusted, and gets everything that this command sends.");

    /// <summary>Keeps the certificates of a Coordinator that was verified; without a verification nothing is kept.</summary>
    public Task KeepAsync(AttestedCoordinator coordinator) =>
        coordinator.Verdict is null ? Task.CompletedTask : KeepAsync(coordinator.Pin, PinUse.Replace);

    private async Task KeepAsync(CoordinatorPin pin, PinUse use)
    {
        CoordinatorPin? kept = _pins!.Read();
        if (kept is not null && !kept.HasRootOf(pin))
        {
            string change = $"the root certificate of the Coordinator at {_address} changed: it was {kept.Fingerprint} (SHA-256, kept in "
                + $"{_pins.Path}), now it is {pin.Fingerprint}";
            if (use == PinUse.Compare)
            {
                throw new CommandException(
                    ExitCodes.VerificationFailed,
                    $"{char.ToUpperInvariant(change[0])}{change[1..]}. Its code is the expected one, but it is another deployment than "
                    + "before: it was set up again, or another Coordinator answers at this address. If you expect that, run marblerun "
                    + "manifest verify with your manifest, which replaces the kept certificate.");
            }

            await _run.WarnAsync($"{change}. The new one was verified and is kept from now on.");
        }

        if (kept is null
            || use == PinUse.Replace
            || !kept.Intermediate.RawDataMemory.Span.SequenceEqual(pin.Intermediate.RawDataMemory.Span))
        {
            await _pins.WriteAsync(pin, _run.CancellationToken);
        }
    }
}
