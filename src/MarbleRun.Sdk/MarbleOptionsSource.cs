using System.Globalization;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Options;

namespace MarbleRun;

/// <summary>Reads <see cref="MarbleOptions"/> from configuration and environment, without reflection.</summary>
internal static class MarbleOptionsSource
{
    public const string CoordinatorAddressVariable = "EDG_MARBLE_COORDINATOR_ADDR";
    public const string MarbleTypeVariable = "EDG_MARBLE_TYPE";
    public const string DnsNamesVariable = "EDG_MARBLE_DNS_NAMES";
    public const string UuidFileVariable = "EDG_MARBLE_UUID_FILE";
    public const string SimulationVariable = "OE_SIMULATION";

    private const string WorkingDirectoryVariable = "EDG_CWD";

    /// <summary>
    /// Reads the configuration that a .NET host reads before its arguments: <c>appsettings.json</c>, the file of the environment, and the
    /// variables. The files are those of the working directory or, if it has no such files, those in the program's folder.
    /// </summary>
    /// <exception cref="OptionsValidationException">A file is not JSON; the message names it.</exception>
    public static IConfiguration ReadProcess() =>
        ReadProcess(Environment.CurrentDirectory, AppContext.BaseDirectory, Environment.GetEnvironmentVariable);

    /// <summary>Reads the same configuration for a process that a test describes.</summary>
    public static IConfiguration ReadProcess(string workingDirectory, string programDirectory, Func<string, string?> read)
    {
        const string Settings = "appsettings.json";
        string environment = NotEmpty(read("DOTNET_ENVIRONMENT")) ?? NotEmpty(read("ASPNETCORE_ENVIRONMENT")) ?? "Production";
        IConfigurationBuilder builder = new ConfigurationBuilder()
            .SetBasePath(Path.Exists(Path.Combine(workingDirectory, Settings)) ? workingDirectory : programDirectory)
            .AddJsonFile(Settings, optional: true, reloadOnChange: false)
            .AddJsonFile($"appsettings.{environment}.json", optional: true, reloadOnChange: false)
            .AddEnvironmentVariables();
        try
        {
            return builder.Build();
        }
        catch (InvalidDataException e)
        {
            // The outer message names the file, the innermost one the position.
            throw Wrong($"{e.Message} {e.GetBaseException().Message}");
        }
    }

    /// <summary>Reads the section <see cref="MarbleOptions.SectionName"/>.</summary>
    /// <exception cref="OptionsValidationException">A value cannot be read; the message names its key.</exception>
    public static void ReadSection(IConfiguration configuration, MarbleOptions options)
    {
        IConfigurationSection section = configuration.GetSection(MarbleOptions.SectionName);
        ReadLimits(section.GetSection(nameof(MarbleOptions.ConnectionLimits)), options.ConnectionLimits);
        options.CoordinatorAddress = Text(section, nameof(MarbleOptions.CoordinatorAddress)) ?? options.CoordinatorAddress;
        options.MarbleType = Text(section, nameof(MarbleOptions.MarbleType)) ?? options.MarbleType;
        options.UuidFile = Text(section, nameof(MarbleOptions.UuidFile)) ?? options.UuidFile;
        options.HealthAddress = Text(section, nameof(MarbleOptions.HealthAddress)) ?? options.HealthAddress;
        options.Simulation = Flag(section, nameof(MarbleOptions.Simulation)) ?? options.Simulation;
        options.RequireMarbleClients = Flag(section, nameof(MarbleOptions.RequireMarbleClients)) ?? options.RequireMarbleClients;
        options.AllowPlaintext = Flag(section, nameof(MarbleOptions.AllowPlaintext)) ?? options.AllowPlaintext;
        options.ActivationTimeout = Duration(section, nameof(MarbleOptions.ActivationTimeout)) ?? options.ActivationTimeout;
        options.DnsNames = Names(section.GetSection(nameof(MarbleOptions.DnsNames))) ?? options.DnsNames;
        options.CoordinatorClientAddress = Text(section, nameof(MarbleOptions.CoordinatorClientAddress))
            ?? options.CoordinatorClientAddress;
        options.OwnerSignatureFile = Text(section, nameof(MarbleOptions.OwnerSignatureFile)) ?? options.OwnerSignatureFile;
        ReadRequirements(section, options.CoordinatorRequirements);
        ThrowIfSetInConfiguration(section);
        ReadCollateral(section.GetSection(nameof(MarbleOptions.Collateral)), options.Collateral);
    }

    private static void ReadCollateral(IConfigurationSection section, MarbleCollateral collateral)
    {
        collateral.PccsUrl = Text(section, nameof(MarbleCollateral.PccsUrl)) ?? collateral.PccsUrl;
        collateral.KdsUrl = Text(section, nameof(MarbleCollateral.KdsUrl)) ?? collateral.KdsUrl;
        collateral.BundlePath = Text(section, nameof(MarbleCollateral.BundlePath)) ?? collateral.BundlePath;
    }

    private static void ReadLimits(IConfigurationSection section, ConnectionLimits limits)
    {
        limits.MaxHandshakeBytes = Number(section, nameof(ConnectionLimits.MaxHandshakeBytes)) ?? limits.MaxHandshakeBytes;
        limits.MaxHandshakesAtOnce = Number(section, nameof(ConnectionLimits.MaxHandshakesAtOnce)) ?? limits.MaxHandshakesAtOnce;
        limits.MaxConnectionsPerAddress = Number(section, nameof(ConnectionLimits.MaxConnectionsPerAddress))
            ?? limits.MaxConnectionsPerAddress;
        limits.HandshakeTimePerSecond = Duration(section, nameof(ConnectionLimits.HandshakeTimePerSecond)) ?? limits.HandshakeTimePerSecond;
    }

    /// <summary>Reads the environment.</summary>
    /// <param name="read">Returns the value of a variable, or null.</param>
    /// <param name="options">The options to set.</param>
    public static void ReadEnvironment(Func<string, string?> read, MarbleOptions options)
    {
        options.CoordinatorAddress = NotEmpty(read(CoordinatorAddressVariable)) ?? options.CoordinatorAddress;
        options.MarbleType = NotEmpty(read(MarbleTypeVariable)) ?? options.MarbleType;
        options.UuidFile = NotEmpty(read(UuidFileVariable)) ?? options.UuidFile;
        options.Simulation |= read(SimulationVariable) == "1";
        if (NotEmpty(read(DnsNamesVariable)) is { } names)
        {
            options.DnsNames = [.. names.Split(',')];
        }
    }

    /// <summary>Returns the full path of the UUID file.</summary>
    public static string ResolveUuidFile(Func<string, string?> read, MarbleOptions options) =>
        Path.GetFullPath(
            NotEmpty(options.UuidFile) ?? Path.Combine(NotEmpty(read(WorkingDirectoryVariable)) ?? Environment.CurrentDirectory, "uuid"));

    private static void ReadRequirements(IConfigurationSection section, CoordinatorRequirements requirements)
    {
        if (section.GetSection(nameof(MarbleOptions.CoordinatorTrust)) is { } trust && trust.Exists())
        {
            throw Wrong(
                $"{trust.Path} is set in the configuration. The host controls the configuration, so it cannot specify the Coordinator that "
                + $"a Marble trusts. Set {nameof(MarbleOptions)}.{nameof(MarbleOptions.CoordinatorTrust)} in code "
                + $"or embed {TrustFile.Name}; the host can add requirements in "
                + $"{MarbleOptions.SectionName}:{nameof(MarbleOptions.CoordinatorRequirements)}.");
        }

        IConfigurationSection required = section.GetSection(nameof(MarbleOptions.CoordinatorRequirements));
        requirements.Roots = Names(required.GetSection(nameof(CoordinatorRequirements.Roots))) ?? requirements.Roots;
        requirements.OwnerKeys = Names(required.GetSection(nameof(CoordinatorRequirements.OwnerKeys))) ?? requirements.OwnerKeys;
        requirements.MinimumSequence = Sequence(required, nameof(CoordinatorRequirements.MinimumSequence)) ?? requirements.MinimumSequence;
        requirements.ForbidSimulation = Flag(required, nameof(CoordinatorRequirements.ForbidSimulation)) ?? requirements.ForbidSimulation;
        requirements.ForbidMarbleRun19 = Flag(required, nameof(CoordinatorRequirements.ForbidMarbleRun19))
            ?? requirements.ForbidMarbleRun19;
    }

    /// <summary>
    /// Throws if the configuration contains an option that would let a manifest write more. Only code may set it, and ignoring it would
    /// hide the error.
    /// </summary>
    private static void ThrowIfSetInConfiguration(IConfigurationSection section)
    {
        string[] widening = [nameof(MarbleOptions.FileRoots), nameof(MarbleOptions.AllowedVariables), nameof(MarbleOptions.ExportIdentity)];
        if (widening.FirstOrDefault(name => section.GetSection(name).Exists()) is { } found)
        {
            throw Wrong(
                $"{MarbleOptions.SectionName}:{found} is set in the configuration. The host controls the configuration, so it cannot "
                + $"specify what a manifest may write. Remove it, and set "
                + $"{nameof(MarbleOptions)}.{found} in the app's code.");
        }

        if (section.GetSection(nameof(MarbleOptions.RevocationPolicy)).Exists())
        {
            throw Wrong(
                $"{MarbleOptions.SectionName}:{nameof(MarbleOptions.RevocationPolicy)} is set in the configuration. The host controls the "
                + $"configuration and the network, so it cannot decide how long this Marble goes on without revocations. Remove it, and "
                + $"set {nameof(MarbleOptions)}.{nameof(MarbleOptions.RevocationPolicy)} in the app's code.");
        }
    }

    private static OptionsValidationException Wrong(string complaint) => new(MarbleOptions.SectionName, typeof(MarbleOptions), [complaint]);

    private static string? NotEmpty(string? value) => string.IsNullOrEmpty(value) ? null : value;

    private static string? Text(IConfigurationSection section, string key) => NotEmpty(section[key]);

    private static List<string>? Names(IConfigurationSection section)
    {
        // A list (Marble:DnsNames:0 …) or, as in the variable, one value with commas.
        string[] listed = [.. section.GetChildren().Select(c => c.Value).OfType<string>().Where(v => v.Length > 0)];
        return listed.Length > 0 ? [.. listed] : NotEmpty(section.Value)?.Split(',').ToList();
    }

    private static bool? Flag(IConfigurationSection section, string key) =>
        Text(section, key) is not { } text ? null
        : bool.TryParse(text, out bool value) ? value
        : throw Wrong($"{section.Path}:{key} is '{text}'; write true or false.");

    private static long? Sequence(IConfigurationSection section, string key) =>
        Text(section, key) is not { } text ? null
        : long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out long value) ? value
        : throw Wrong($"{section.Path}:{key} is '{text}'; use a whole number, 0 or greater.");

    private static TimeSpan? Duration(IConfigurationSection section, string key) =>
        Text(section, key) is not { } text ? null
        : TimeSpan.TryParse(text, CultureInfo.InvariantCulture, out TimeSpan value) ? value
        : throw Wrong($"{section.Path}:{key} is '{text}'; write a duration as hours:minutes:seconds, for instance 00:01:00.");

    private static int? Number(IConfigurationSection section, string key) =>
        Text(section, key) is not { } text ? null
        : int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int value) ? value
        : throw Wrong($"{section.Path}:{key} is '{text}'; write a whole number.");
}
