using System.CommandLine;

namespace MarbleRun.Cli.Coordinators;

/// <summary>
/// The options of every command, with the names of the reference's command line, and those of all commands that call a Coordinator.
/// </summary>
internal static class GlobalOptions
{
    public static Option<string?> CoordinatorCert { get; } = new("--coordinator-cert")
    {
        Description = "The file that keeps the verified certificates of the Coordinator, intermediate and root, PEM. Default: a file for "
            + "each address in the folder marblerun of the user's settings.",
        HelpName = "FILE",
        Recursive = true,
    };

    public static Option<string?> EraConfig { get; } = new("--era-config")
    {
        Description = "The expected code of the Coordinator, JSON. Default: coordinator-era.json or era-config.json in the working folder.",
        HelpName = "FILE",
        Recursive = true,
    };

    public static Option<bool> Insecure { get; } = new("--insecure", "-i")
    {
        Description = "Do not verify the Coordinator. Secrets can then go to anybody.",
        Recursive = true,
    };

    public static Option<string[]?> AcceptedTcbStatuses { get; } = List(
        "--accepted-tcb-statuses",
        "The accepted states of the platform besides UpToDate, separated by commas. Default: the policy's, or SWHardeningNeeded.");

    public static Option<string[]?> AcceptedAdvisories { get; } = List(
        "--accepted-advisories", "The accepted advisories of a platform that needs software hardening, separated by commas. Default: all.");

    public static Option<string?> Nonce { get; } = new("--nonce")
    {
        Description = "The nonce of the quote, UTF-8. Default: 32 random bytes.",
        HelpName = "TEXT",
        Recursive = true,
    };

    public static Option<string?> SaveSgxQuote { get; } = new("--save-sgx-quote")
    {
        Description = "Write the verified quote to this file.",
        HelpName = "FILE",
        Recursive = true,
    };

    /// <summary>Accepted for scripts; there is no cluster that this program looks into.</summary>
    public static Option<string?> Namespace { get; } = new("--namespace", "-n") { Hidden = true, Recursive = true };

    public static Option<bool> Simulation { get; } = new("--simulation")
    {
        Description = "Trust the development root of this machine's simulation, and no vendor's root.",
    };

    public static Option<string?> Collateral { get; } = new("--collateral")
    {
        Description = "The collateral of the Coordinator's platform: a bundle folder, one JSON file, or the URL of a PCCS or of AMD's KDS. "
            + $"Default: the variable {CollateralVariable}.",
        HelpName = "PATH|URL",
    };

    public static Option<string?> TrustedRoot { get; } = new("--trusted-root")
    {
        Description = "The root certificate to trust instead of the vendor's, DER or PEM. Default: the vendor's.",
        HelpName = "FILE",
    };

    /// <summary>The name of the argument that is the Coordinator's address.</summary>
    public const string AddressName = "address";

    public const string CollateralVariable = "MARBLERUN_COLLATERAL";

    public static void AddTo(RootCommand root)
    {
        foreach (Option option in (Option[])[
            CoordinatorCert, EraConfig, Insecure, AcceptedTcbStatuses, AcceptedAdvisories, Nonce, SaveSgxQuote, Namespace,
        ])
        {
            root.Options.Add(option);
        }
    }

    /// <summary>Adds the last argument of a command that calls a Coordinator, and the options for its evidence.</summary>
    public static Argument<string> AddCoordinatorTo(Command command)
    {
        var address = new Argument<string>(AddressName)
        {
            Description = "The client address of the Coordinator, host:port.",
            HelpName = "ADDR",
        };
        command.Arguments.Add(address);
        AddCoordinatorOptionsTo(command);
        return address;
    }

    /// <summary>Adds the options for a Coordinator's evidence alone.</summary>
    public static void AddCoordinatorOptionsTo(Command command)
    {
        command.Options.Add(Simulation);
        command.Options.Add(Collateral);
        command.Options.Add(TrustedRoot);
    }

    /// <summary>The source of collateral: the option, or the variable in its place.</summary>
    public static string? ReadCollateral(ParseResult arguments) =>
        arguments.GetValue(Collateral)
        ?? CommandEnvironment.Current.GetVariable(CollateralVariable) switch { "" => null, var value => value };

    /// <summary>Lists are separated by commas, and may be repeated.</summary>
    private static Option<string[]?> List(string name, string description) => new(name)
    {
        Description = description,
        HelpName = "LIST",
        Recursive = true,
        Arity = ArgumentArity.OneOrMore,
        CustomParser = argument => [.. argument.Tokens.SelectMany(
            token => token.Value.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))],
    };
}
