using System.Diagnostics;
using System.Security.Cryptography;
using MarbleRun.Attestation;
using MarbleRun.Attestation.Claims;
using MarbleRun.Tee;

namespace MarbleRun.Cli.SelfTests;

/// <summary>
/// Uses every call of a trusted execution environment. Keys are compared and overwritten; nothing of them leaves this class.
/// </summary>
internal sealed class TeeSelfTest(TeePlatform platform, TeeSelfTestOptions options)
{
    private const int AtOnce = 8;
    private const int AppRegister = 3;

    private readonly List<SelfTestStep> _steps = [];
    private Quote? _evidence;

    private static ReadOnlySpan<byte> Purpose => "MarbleRun selftest v1"u8;

    /// <exception cref="InputException">The collateral cannot be read.</exception>
    public async Task<IReadOnlyList<SelfTestStep>> RunAsync(CancellationToken cancellationToken)
    {
        if (Offers("evidence", TeeCapabilities.Evidence, "a quote or report"))
        {
            Do("evidence", () => Describe(_evidence = GetEvidence()));
            Do("evidence.again", () => Describe(GetEvidence()));
            Do("evidence.parallel", GetInParallel);
        }

        foreach (TeeSealingPolicy policy in (TeeSealingPolicy[])[TeeSealingPolicy.Unique, TeeSealingPolicy.Product])
        {
            string name = $"key.{policy.ToString().ToLowerInvariant()}";
            if (Offers(name, CapabilityOf(policy), "this sealing key"))
            {
                Do(name, () => TryKey(policy));
            }
        }

        if (platform.Capabilities.HasFlag(TeeCapabilities.UniqueKey | TeeCapabilities.ProductKey))
        {
            Do("key.policies", RequireDifferentKeys);
        }

        if (Offers("extend", TeeCapabilities.Extend, "a measurement register that can be extended"))
        {
            Extend();
        }

        await VerifyAsync(cancellationToken);
        return _steps;
    }

    private static TeeCapabilities CapabilityOf(TeeSealingPolicy policy) =>
        policy == TeeSealingPolicy.Unique ? TeeCapabilities.UniqueKey : TeeCapabilities.ProductKey;

    /// <summary>The message with the numbers that a report needs.</summary>
    public static string Describe(TeeException exception) =>
        $"{exception.Message} ({exception.Status}, errno {exception.SystemError})";

    private static string Describe(Quote quote) => $"{quote.RawData.Length} bytes over the report data that were asked for";

    private bool Offers(string name, TeeCapabilities capability, string what)
    {
        if (platform.Capabilities.HasFlag(capability))
        {
            return true;
        }

        Add(name, SelfTestOutcome.NotOffered, $"this platform, as it is configured, does not have {what}");
        return false;
    }

    private void Add(string name, SelfTestOutcome outcome, string detail) =>
        _steps.Add(new SelfTestStep(name, outcome, detail, TimeSpan.Zero));

    private void Do(string name, Func<string> step)
    {
        long start = Stopwatch.GetTimestamp();
        (SelfTestOutcome outcome, string detail) = Try(step);
        _steps.Add(new SelfTestStep(name, outcome, detail, Stopwatch.GetElapsedTime(start)));
    }

    private static (SelfTestOutcome Outcome, string Detail) Try(Func<string> step)
    {
        try
        {
            return (SelfTestOutcome.Passed, step());
        }
        catch (SelfTestException exception)
        {
            return (SelfTestOutcome.Failed, exception.Message);
        }
        catch (TeeException exception)
        {
            return (SelfTestOutcome.Failed, Describe(exception));
        }
    }

    /// <remarks>The native library compares the report data in the evidence with those that were asked for.</remarks>
    private Quote GetEvidence()
    {
        byte[] bytes = RandomNumberGenerator.GetBytes(ReportData.Size);
        Quote quote = platform.GetEvidence(ReportData.FromBytes(bytes));
        return quote.RawData.Span.IndexOf(bytes) >= 0
            ? quote
            : throw new SelfTestException("The evidence does not contain the report data that were asked for.");
    }

    private string GetInParallel()
    {
        string?[] faults = new string?[AtOnce];
        Thread[] threads = [.. Enumerable.Range(0, AtOnce).Select(i => new Thread(() =>
        {
            (SelfTestOutcome outcome, string detail) = Try(() => Describe(GetEvidence()));
            faults[i] = outcome == SelfTestOutcome.Passed ? null : detail;
        }))];
        Array.ForEach(threads, t => t.Start());
        Array.ForEach(threads, t => t.Join());
        string[] all = [.. faults.OfType<string>()];
        return all.Length == 0
            ? $"{AtOnce} threads at once, each with its own report data"
            : throw new SelfTestException($"{all.Length} of {AtOnce} threads got no evidence. The first one: {all[0]}");
    }

    private string TryKey(TeeSealingPolicy policy)
    {
        bool hasId = platform.Capabilities.HasFlag(TeeCapabilities.KeyId);
        byte[] first = NewKey(), again = NewKey(), other = NewKey();
        try
        {
            platform.DeriveSealingKey(policy, Purpose, keyId: [], first, out byte[] id);
            platform.DeriveSealingKey(policy, Purpose, hasId ? id : [], again, out _);
            platform.DeriveSealingKey(policy, "MarbleRun selftest, another purpose"u8, hasId ? id : [], other, out _);
            if (hasId == (id.Length == 0))
            {
                throw new SelfTestException($"The identifier of the key has {id.Length} bytes.");
            }

            if (!CryptographicOperations.FixedTimeEquals(first, again))
            {
                throw new SelfTestException("The same key was asked for twice, and the platform derived two: nothing could be unsealed.");
            }

            return CryptographicOperations.FixedTimeEquals(first, other)
                ? throw new SelfTestException("Two purposes have the same key.")
                : hasId ? $"derived again by its identifier of {id.Length} bytes" : "derived again; keys have no identifier";
        }
        finally
        {
            Clear(first, again, other);
        }
    }

    private string RequireDifferentKeys()
    {
        byte[] unique = NewKey(), product = NewKey();
        try
        {
            platform.DeriveSealingKey(TeeSealingPolicy.Unique, Purpose, keyId: [], unique, out _);
            platform.DeriveSealingKey(TeeSealingPolicy.Product, Purpose, keyId: [], product, out _);
            return CryptographicOperations.FixedTimeEquals(unique, product)
                ? throw new SelfTestException("The key of this code and the key of its signer are the same.")
                : "the keys of the two policies are different";
        }
        finally
        {
            Clear(unique, product);
        }
    }

    private static byte[] NewKey() => GC.AllocateArray<byte>(SHA256.HashSizeInBytes, pinned: true);

    private static void Clear(params ReadOnlySpan<byte[]> keys)
    {
        foreach (byte[] key in keys)
        {
            CryptographicOperations.ZeroMemory(key);
        }
    }

    private void Extend()
    {
        if (!options.Extend)
        {
            Add("extend", SelfTestOutcome.NotDone, "not requested: --extend does it, and it cannot be undone");
            return;
        }

        Do("extend", () =>
        {
            platform.ExtendRegister(AppRegister, SHA384.HashData(Purpose));
            return $"register {AppRegister} was extended with SHA-384 of \"MarbleRun selftest v1\"";
        });
    }

    private async Task VerifyAsync(CancellationToken cancellationToken)
    {
        if (options.Collateral is not { } collateral)
        {
            Add("verification", SelfTestOutcome.NotDone, "the evidence was not verified: no --collateral was given");
        }
        else if (_evidence is not { } evidence)
        {
            Add("verification", SelfTestOutcome.NotDone, "there is no evidence to verify");
        }
        else
        {
            _steps.Add(await EvidenceVerification.RunAsync(evidence, collateral, trustedRoot: null, cancellationToken));
        }
    }
}
