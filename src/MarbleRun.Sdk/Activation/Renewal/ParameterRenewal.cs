using MarbleRun.Activation.Targets;
using Microsoft.Extensions.Logging;

namespace MarbleRun.Activation.Renewal;

/// <summary>
/// Replaces the parameters of this process after a renewal. A failure ends nothing: the new identity is in use already, the former
/// parameters stay, and the next renewal tries again.
/// </summary>
internal sealed partial class ParameterRenewal(
    LiveParameters? parameters, RenewalStatus status, IdentityMetrics metrics, TimeProvider timeProvider, ILogger<ParameterRenewal> logger)
{
    private const int MostNames = 10;

    /// <summary>Takes what a renewal brought.</summary>
    public void Take(RenewedMarble renewed)
    {
        if (parameters is null)
        {
            return;
        }

        if (renewed.Parameters is { } received)
        {
            Replace(parameters, received, renewed.Identity.MarbleType);
        }
        else if (!parameters.Version.IsEmpty)
        {
            // The Coordinator compared the versions: the manifest gives what this Marble has.
            status.ParametersFault = null;
        }
    }

    private void Replace(LiveParameters current, ReceivedParameters received, string marbleType)
    {
        ParameterChange change;
        try
        {
            change = received.Fault is { } fault
                ? throw new MarbleActivationException(
                    MarbleActivationFailure.ParametersNotApplied, $"The Coordinator cannot give this Marble its parameters: {fault}.")
                : current.Replace(received);
        }
        catch (MarbleActivationException e)
        {
            Fail(e.Message);
            return;
        }
        catch (Exception e)
        {
            // A target of the app's own. The message could contain a value.
            Fail($"The target of the parameters failed with {e.GetType().Name}.");
            return;
        }

        status.ParametersFault = null;
        metrics.CountParameters(marbleType, change.IsEmpty ? "unchanged" : "changed");
        if (change.Kept.Count > 0)
        {
            Log.ParametersKept(logger, Join(change.Kept));
        }

        if (!change.IsEmpty)
        {
            Log.ParametersChanged(logger, change.Files.Count, change.Variables.Count);
            Notify(current, change);
        }

        void Fail(string reason)
        {
            status.ParametersFault = (timeProvider.GetUtcNow(), reason);
            metrics.CountParameters(marbleType, "failed");
            Log.ParametersNotReplaced(logger, reason);
        }
    }

    private void Notify(LiveParameters current, ParameterChange change)
    {
        try
        {
            current.Notify(change);
        }
        catch (Exception e)
        {
            // Messages of the configuration's binder contain values.
            IEnumerable<Exception> failures = e is AggregateException several ? several.Flatten().InnerExceptions : [e];
            Log.ParametersChangeFailed(logger, string.Join(", ", failures.Select(f => f.GetType().Name).Distinct()));
        }
    }

    private static string Join(IReadOnlyList<string> names) =>
        string.Join(", ", names.Take(MostNames)) + (names.Count > MostNames ? $" and {names.Count - MostNames} more" : string.Empty);

    private static partial class Log
    {
        [LoggerMessage(
            EventIds.ParametersChanged,
            LogLevel.Information,
            "The manifest gives this Marble other parameters than before: {FileCount} files were written, and {VariableCount} variables "
            + "have other values in the configuration.",
            EventName = "ParametersChanged")]
        public static partial void ParametersChanged(ILogger logger, int fileCount, int variableCount);

        [LoggerMessage(
            EventIds.ParametersNotReplaced,
            LogLevel.Error,
            "The parameters of this Marble were not replaced; it keeps those of before until its next renewal. {Reason}",
            EventName = "ParametersNotReplaced")]
        public static partial void ParametersNotReplaced(ILogger logger, string reason);

        [LoggerMessage(
            EventIds.ParametersKept,
            LogLevel.Warning,
            "These parameters contain the identity of this Marble or a key of its library OS, and keep their values until this Marble "
            + "starts again: {Names}.",
            EventName = "ParametersKept")]
        public static partial void ParametersKept(ILogger logger, string names);

        [LoggerMessage(
            EventIds.ParametersChangeFailed,
            LogLevel.Error,
            "The new parameters of this Marble are in use, but callbacks of the app for their change failed with {ExceptionTypes}.",
            EventName = "ParametersChangeFailed")]
        public static partial void ParametersChangeFailed(ILogger logger, string exceptionTypes);
    }
}
