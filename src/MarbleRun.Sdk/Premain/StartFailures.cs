using System.Net.Sockets;
using MarbleRun.Attestation;
using Microsoft.Extensions.Options;

namespace MarbleRun.Activation;

/// <summary>
/// Ends a process whose start failed as a Marble with the sentence that says why, and exit code 1, where the platform would abort it and write a dump of its memory.
/// </summary>
/// <remarks>
/// An app or a test that catches the exception has it as ever: this comes last, when the process would die of it. One that was told to stop ends with exit code 0, as a
/// host does that is told so later.
/// </remarks>
internal static class StartFailures
{
    private static int s_isHeeded;
    private static HostTokens? s_host;

    /// <summary>From now on; once for the process.</summary>
    public static void Heed()
    {
        if (Interlocked.Exchange(ref s_isHeeded, 1) == 0)
        {
            AppDomain.CurrentDomain.UnhandledException += (_, e) => End(e.ExceptionObject as Exception);
        }
    }

    /// <summary>Watches a host from its start on: told to stop before it has started, it throws a cancellation of its own, whichever of its services is at work.</summary>
    public static void Watch(CancellationToken started, CancellationToken stopping) => Volatile.Write(ref s_host, new HostTokens(started, stopping));

    /// <summary>How the process ends, and what it says; null if the failure is of another kind, with which the platform deals.</summary>
    internal static (int ExitCode, string? Sentence)? Judge(Exception? failure) => failure switch
    {
        AggregateException { InnerExceptions: [var inner] } => Judge(inner),
        OperationCanceledException when Volatile.Read(ref s_host) is { WasStoppedWhileStarting: true } => (0, null),
        MarbleActivationException or AttestationException => (1, failure.Message),
        IOException { InnerException: InvalidOperationException { InnerException: SocketException { SocketErrorCode: SocketError.AddressAlreadyInUse } } } =>
            (1, $"{failure.Message.TrimEnd('.')}. Stop the process that listens there, or give this Marble another address (ASPNETCORE_URLS, --urls or the section Kestrel)."),
        OptionsValidationException wrong when wrong.OptionsType == typeof(MarbleOptions) => (1, failure.Message),
        _ => null,
    };

    private static void End(Exception? failure)
    {
        if (Judge(failure) is not var (exitCode, sentence))
        {
            return;
        }

        if (sentence is not null)
        {
            ConsoleWarnings.Write(sentence);
        }

        Environment.Exit(exitCode);
    }

    private sealed record HostTokens(CancellationToken Started, CancellationToken Stopping)
    {
        public bool WasStoppedWhileStarting => Stopping.IsCancellationRequested && !Started.IsCancellationRequested;
    }
}
