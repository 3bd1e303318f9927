using MarbleRun.Attestation;
using MarbleRun.Tee;
using Microsoft.Extensions.Options;

namespace MarbleRun.Coordinator.Tee;

/// <summary>
/// The trusted execution environment of this process, opened once: evidence and sealing keys come from the same one. Only a Coordinator
/// outside simulation opens it, and a failure never leads to simulation.
/// </summary>
internal sealed partial class CoordinatorTee : IDisposable
{
    private readonly Lazy<TeePlatform> _platform;
    private readonly TeeBackend _backend;
    private readonly ILogger<CoordinatorTee> _logger;

    public CoordinatorTee(IOptions<CoordinatorOptions> options, ILogger<CoordinatorTee> logger)
    {
        _backend = options.Value.TeeBackend;
        _logger = logger;
        _platform = new Lazy<TeePlatform>(Open);
    }

    /// <exception cref="AttestationException">It was not found, or cannot be used; the message is the environment's own.</exception>
    public TeePlatform Platform => _platform.Value;

    public void Dispose()
    {
        if (_platform.IsValueCreated)
        {
            _platform.Value.Dispose();
        }
    }

    private TeePlatform Open()
    {
        try
        {
            var platform = TeePlatform.Open(_backend);
            Log.Opened(_logger, platform.Provider, platform.Backend, platform.Capabilities);
            return platform;
        }
        catch (TeeException exception) when (exception.Status is TeeStatus.NotFound or TeeStatus.LibraryMissing)
        {
            string where = _backend == TeeBackend.Automatic
                ? "a trusted execution environment"
                : $"the one of Coordinator:TeeBackend, {_backend}";
            throw new AttestationException(
                AttestationFailure.PlatformUnavailable,
                $"This process does not run in {where}, or cannot reach it. {exception.Message} To try the Coordinator out on this "
                + "machine, start it with --simulation.",
                exception);
        }
        catch (TeeException exception)
        {
            throw new AttestationException(AttestationFailure.PlatformUnavailable, exception.Message, exception);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(
            EventIds.TeeOpened,
            LogLevel.Information,
            "This Coordinator runs in the trusted execution environment {Provider}, which it reaches as {Backend}. It offers "
            + "{Capabilities}.",
            EventName = "TeeOpened")]
        public static partial void Opened(ILogger logger, string provider, TeeBackend backend, TeeCapabilities capabilities);
    }
}
