using System.Diagnostics.CodeAnalysis;
using System.Security.Authentication;
using MarbleRun.Attestation;
using MarbleRun.Management;

namespace MarbleRun.Cli.Coordinators;

/// <summary>Turns the exceptions that a command expects into its last words and its exit code. Others are faults of the program.</summary>
internal static class Failures
{
    public static bool TryDescribe(Exception exception, out int exitCode, [NotNullWhen(true)] out string? message)
    {
        (int Code, string Text)? failure = exception switch
        {
            InputException e => (ExitCodes.Usage, e.Message),
            CommandException e => (e.ExitCode, e.Message),
            CoordinatorVerificationException e => (
                e.Failure == CoordinatorVerificationFailure.Unreachable ? ExitCodes.Unreachable : ExitCodes.VerificationFailed,
                e.Message + Reasons(e.Verdict)),
            CoordinatorException e => Of(e),
            OperationCanceledException => (ExitCodes.Interrupted, "The command was interrupted."),
            _ => null,
        };
        (exitCode, message) = failure is { } found ? (found.Code, $"Error: {found.Text}") : (ExitCodes.Failed, null);
        return message is not null;
    }

    private static (int Code, string Text) Of(CoordinatorException e) => e.ErrorCode switch
    {
        CoordinatorErrorCode.Unreachable when IsForeign(e) => (
            ExitCodes.VerificationFailed,
            "The server at this address does not show the root certificate that was verified earlier. Another Coordinator answers "
            + "there, it was set up again, or it is in recovery, where its root is a temporary one. To accept another deployment, run "
            + "marblerun manifest verify with your manifest."),
        CoordinatorErrorCode.Unreachable => (ExitCodes.Unreachable, e.Message),
        CoordinatorErrorCode.InvalidReply or CoordinatorErrorCode.Unknown => (ExitCodes.Failed, e.Message),
        _ => (ExitCodes.Refused, e.Message),
    };

    /// <summary>Whether the TLS handshake ended because the server's certificate is not the pinned one.</summary>
    private static bool IsForeign(Exception exception) =>
        exception.InnerException is HttpRequestException { HttpRequestError: HttpRequestError.SecureConnectionError } cause
        && cause.InnerException is AuthenticationException { InnerException: null };

    private static string Reasons(Verdict? verdict) =>
        verdict is { IsAccepted: false } ? $"\n{verdict.ToString().TrimEnd('\n')}" : string.Empty;
}
