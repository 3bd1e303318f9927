using System.Security.Cryptography.X509Certificates;
using MarbleRun.Cli.Coordinators;
using MarbleRun.Cli.Dashboard.Views;
using MarbleRun.Cli.Dashboard.Watching;
using MarbleRun.Cli.Output;
using MarbleRun.Management;

namespace MarbleRun.Cli.Dashboard;

/// <summary>The way to the Coordinator that the options of the command describe.</summary>
internal sealed class CoordinatorDoor(CommandRun run, string address, X509Certificate2? user) : ICoordinatorDoor
{
    private readonly CoordinatorAccess _access = CoordinatorAccess.For(run, address);
    private AttestedCoordinator? _first;

    public string Address => address;

    public X509Certificate2? User => user;

    public async Task<TrustedCoordinator> AttestAsync(CancellationToken cancellationToken)
    {
        if (_first is null)
        {
            // Compared with the root that an earlier command kept; the watch compares later ones with this one.
            _first = await _access.AttestAsync(PinUse.Compare);
            return Require(_first);
        }

        await RequireAnswerAsync(cancellationToken);
        try
        {
            return Require(await _access.AttestAsync(PinUse.Ignore));
        }
        catch (CoordinatorException exception)
        {
            throw Refuse(
                exception.ErrorCode == CoordinatorErrorCode.Unreachable
                    ? CoordinatorVerificationFailure.Unreachable
                    : CoordinatorVerificationFailure.InvalidReply,
                exception);
        }
        catch (CommandException exception) when (exception.ExitCode == ExitCodes.VerificationFailed)
        {
            throw Refuse(CoordinatorVerificationFailure.QuoteRefused, exception);
        }
    }

    public ICoordinatorClient Open(TrustedCoordinator coordinator) => _access.Open(_first!, user);

    private static TrustedCoordinator Require(AttestedCoordinator found) => found.Verdict is { } verdict
        ? new TrustedCoordinator(found.Evidence.Root, found.Evidence.Intermediate, verdict)
        : throw new InputException(
            "The policy file sets InsecureSkipVerify, and the dashboard shows only a Coordinator that it verified.");

    private static CoordinatorVerificationException Refuse(CoordinatorVerificationFailure failure, Exception cause) =>
        new(failure, cause.Message, innerException: cause);

    /// <summary>While nothing answers, there is nothing to verify, and nothing to say in the terminal each time.</summary>
    private async Task RequireAnswerAsync(CancellationToken cancellationToken)
    {
        using var probe = CoordinatorClient.WithoutVerification(address);
        try
        {
            await probe.GetStatusAsync(cancellationToken);
        }
        catch (CoordinatorException exception) when (exception.ErrorCode == CoordinatorErrorCode.Unreachable)
        {
            throw Refuse(CoordinatorVerificationFailure.Unreachable, exception);
        }
        catch (CoordinatorException)
        {
            // Something answers; the verification says what it is.
        }
    }
}
