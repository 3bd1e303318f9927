using MarbleRun.Management;
using Microsoft.Extensions.Options;

namespace MarbleRun.Http;

/// <summary>Validates <see cref="CoordinatorClientOptions"/>.</summary>
internal sealed class CoordinatorClientOptionsRules : IValidateOptions<CoordinatorClientOptions>
{
    public ValidateOptionsResult Validate(string? name, CoordinatorClientOptions options)
    {
        string client = string.IsNullOrEmpty(name) ? "The Coordinator client" : $"The Coordinator client '{name}'";
        List<string> faults = [];
        if (!CoordinatorAddress.TryParse(options.Address, out _))
        {
            faults.Add($"{client} has no valid address: '{options.Address}'. Set Address to host:port of the Coordinator's client port.");
        }

        if (FindFault(options.Expectation) is { } fault)
        {
            faults.Add($"{client} would not verify its Coordinator: {fault}");
        }

        if (options.User is { HasPrivateKey: false })
        {
            faults.Add($"{client} cannot act as a user. {CoordinatorClient.NoPrivateKey}");
        }

        return faults.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(faults);
    }

    private static string? FindFault(CoordinatorExpectation? expectation)
    {
        if (expectation is null)
        {
            return "set Expectation to the verifier and the expected package.";
        }

        try
        {
            expectation.ThrowIfInvalid();
            return null;
        }
        catch (ArgumentException e)
        {
            return e.Message;
        }
    }
}
