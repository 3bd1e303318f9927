using System.Diagnostics.CodeAnalysis;
using System.Text.RegularExpressions;
using MarbleRun.Coordinator.Authority;
using MarbleRun.Tee;
using Microsoft.Extensions.Options;

namespace MarbleRun.Coordinator.Hosting;

/// <summary>Describes a configuration value that cannot be read, and the expected form.</summary>
internal static partial class OptionForms
{
    private const string Logging = "Logging";
    private const string LogLevels = "LogLevel";

    /// <summary>The meaning of the binder's failure; false if it is another kind of failure.</summary>
    public static bool TryDescribe(Exception exception, [NotNullWhen(true)] out string? sentence)
    {
        sentence = null;
        if (
            exception is InvalidOperationException { InnerException: { } cause }
                && Conversion().Match(exception.Message) is { Success: true } match)
        {
            sentence = Sentence(match.Groups["key"].Value, match.Groups["value"].Value, FormOf(match.Groups["type"].Value, cause));
        }

        return sentence is not null;
    }

    /// <summary>Checks that .NET knows the log levels; its own failure names neither the key nor the valid values.</summary>
    /// <exception cref="OptionsValidationException">A level is unknown.</exception>
    public static void RequireKnownLogLevels(IConfiguration configuration)
    {
        IConfigurationSection logging = configuration.GetSection(Logging);
        string[] faults =
        [
            .. logging.GetChildren().Select(provider => provider.GetSection(LogLevels)).Prepend(logging.GetSection(LogLevels))
                .SelectMany(levels => levels.GetChildren())
                .Where(level => !string.IsNullOrEmpty(level.Value) && !Enum.TryParse<LogLevel>(level.Value, ignoreCase: true, out _))
                .Select(level => Sentence(level.Path, level.Value!, OneOf<LogLevel>())),
        ];
        if (faults.Length > 0)
        {
            throw new OptionsValidationException(Logging, typeof(LoggerFilterOptions), faults);
        }
    }

    private static string Sentence(string key, string value, string form) => $"{key} is '{value}'; {form}.";

    private static string FormOf(string type, Exception cause) =>
        type == typeof(TimeSpan).FullName ? "write a duration as hours:minutes:seconds, for instance 00:01:00"
        : type == typeof(bool).FullName ? "write true or false"
        : type == typeof(CoordinatorLogFormat).FullName ? OneOf<CoordinatorLogFormat>()
        : type == typeof(KeyAlgorithm).FullName ? OneOf<KeyAlgorithm>()
        : type == typeof(TeeBackend).FullName ? OneOf<TeeBackend>()
        : cause is OverflowException or { InnerException: OverflowException } ? "write a smaller whole number"
        : type == typeof(int).FullName || type == typeof(long).FullName ? "write a whole number"
        : $"write a value of the type {type}";

    /// <summary>The names of an enumeration, for messages.</summary>
    public static string NamesOf<T>()
        where T : struct, Enum
    {
        string[] names = Enum.GetNames<T>();
        return $"{string.Join(", ", names[..^1])} or {names[^1]}";
    }

    private static string OneOf<T>()
        where T : struct, Enum =>
        $"write {NamesOf<T>()}";

    // The message of the generated binder, which is also that of the reflection-based one.
    [GeneratedRegex(
        @"^Failed to convert configuration value '(?<value>.*)' at '(?<key>[^']*)' to type '(?<type>[^']*)'\.$",
        RegexOptions.Singleline)]
    private static partial Regex Conversion();
}
