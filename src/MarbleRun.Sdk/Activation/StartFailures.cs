using System.Net.Sockets;
using MarbleRun.Attestation;
using Microsoft.Extensions.Options;

namespace MarbleRun.Activation;

/// <summary>
/// Ends a process whose start as a Marble failed with the error message and exit code 1; the platform would abort it and write a dump of
/// its memory.
/// </summary>
/// <remarks>
/// An app or a test that catches the exception is not affected: this handler runs last, when the process would crash. A process that was
/// stopped while it started ends with exit code 0, as a host does that is stopped later.
/// </remarks>
internal static class StartFailures
{
    private static int s_isHeeded;
    private static HostTokens? s_host;

    /// <summary>Registers the handler; once for the process.</summary>
    public static void Heed()
    {
        if (Interlocked.Exchange(ref s_isHeeded, 1) == 0)
        {
            AppDomain.CurrentDomain.UnhandledException += (_, e) => End(e.ExceptionObject as Exception);
        }
    }

    /// <summary>
    /// Watches a host from its start: if it is stopped before it has started, the process ends without an error, whichever of its services
    /// is starting.
    /// </summary>
    public static void Watch(CancellationToken started, CancellationToken stopping) =>
        Volatile.Write(ref s_host, new HostTokens(started, stopping));

    /// <summary>Returns the exit code and the message; null for other failures, which the platform handles.</summary>
    internal static (int ExitCode, string? Message)? Judge(Exception? failure) => failure switch
    {
        AggregateException { InnerExceptions: [var inner] } => Judge(inner),
        OperationCanceledException when Volatile.Read(ref s_host) is { WasStoppedWhileStarting: true } => (0, null),
        MarbleActivationException or AttestationException => (1, failure.Message),
        IOException
        {
            InnerException: InvalidOperationException
            {
                InnerException: SocketException { SocketErrorCode: SocketError.AddressAlreadyInUse },
            }
        } =>
            (1, $"{failure.Message.TrimEnd('.')}. Stop the process that listens there, or give this Marble another address "
                + $"(ASPNETCORE_URLS, --urls or the section Kestrel)."),
        OptionsValidationException wrong when wrong.OptionsType == typeof(MarbleOptions) => (1, failure.Message),
        _ => null,
    };

    private static void End(Exception? failure)
    {
        if (Judge(failure) is not var (exitCode, message))
        {
            return;
        }

        if (message is not null)
        {
            ConsoleWarnings.Write(message);
        }

        Environment.Exit(exitCode);
    }

    private sealed record HostTokens(CancellationToken Started, CancellationToken Stopping)
    {
        public bool WasStoppedWhileStarting => Stopping.IsCancellationRequested && !Started.IsCancellationRequested;
    }
}
