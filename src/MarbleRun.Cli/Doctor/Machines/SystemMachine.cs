using System.Collections;
using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace MarbleRun.Cli.Doctor.Machines;

/// <summary>The machine that this process runs on.</summary>
internal sealed class SystemMachine(TimeProvider clock) : IMachine
{
    private static readonly TimeSpan s_budget = TimeSpan.FromMilliseconds(100);

    public IReadOnlyDictionary<string, string> Variables { get; } = Environment.GetEnvironmentVariables()
        .Cast<DictionaryEntry>()
        .ToDictionary(v => (string)v.Key, v => (string?)v.Value ?? string.Empty, StringComparer.Ordinal);

    public TimeProvider Clock => clock;

    public MachineRuntime Runtime { get; } = new(
        RuntimeInformation.OSDescription,
        OperatingSystem.IsLinux(),
        Environment.OSVersion.Version,
        RuntimeInformation.ProcessArchitecture,
        Environment.Version,
        OperatingSystem.IsLinux() ? SafeEvpPKeyHandle.OpenSslVersion : null);

    public IMachineFiles Files { get; } = new SystemFiles();

    public IMachineNetwork Network { get; } = new SystemNetwork(clock);

    public IMachineTee Tee { get; } = new SystemTee();

    public SignatureSpeed MeasureSignatures(string curve)
    {
        using var key = ECDsa.Create(curve switch
        {
            "P-384" => ECCurve.NamedCurves.nistP384,
            "P-521" => ECCurve.NamedCurves.nistP521,
            _ => ECCurve.NamedCurves.nistP256,
        });
        byte[] digest = RandomNumberGenerator.GetBytes(SHA256.HashSizeInBytes);
        byte[] signature = key.SignHash(digest);
        return new SignatureSpeed(Measure(() => key.SignHash(digest)), Measure(() => key.VerifyHash(digest, signature)));
    }

    private static double Measure(Action action)
    {
        action();
        long start = Stopwatch.GetTimestamp();
        int count = 0;
        do
        {
            action();
            count++;
        }
        while (Stopwatch.GetElapsedTime(start) < s_budget);
        return count / Stopwatch.GetElapsedTime(start).TotalSeconds;
    }
}
