using System.Text.RegularExpressions;
using Microsoft.Extensions.Options;

namespace MarbleRun.Coordinator.Etcd;

/// <summary>Checks the options and reports all errors together.</summary>
internal sealed partial class EtcdStoreOptionsRules : IValidateOptions<EtcdStoreOptions>
{
    public ValidateOptionsResult Validate(string? name, EtcdStoreOptions options)
    {
        var result = new ValidateOptionsResultBuilder();
        Uri?[] endpoints = [.. EtcdCluster.Split(options.Endpoints).Select(Parse)];
        Check(
            endpoints.Length > 0 && Array.TrueForAll(endpoints, e => e is not null),
            nameof(options.Endpoints),
            "must be addresses like https://etcd1.example.com:2379, separated by commas, without user and path");
        bool isPlain = Array.Exists(endpoints, e => e is { Scheme: "http", IsLoopback: false });
        Check(!isPlain || options.User.Length == 0, nameof(options.Endpoints), "must be https, since User sends a password");
        Check(Name().IsMatch(options.Deployment), nameof(options.Deployment), "must be 1 to 64 of a to z, digits, '-', '_' and dots");
        Check(
            options.KeyPrefix.Length is > 0 and <= 256 && options.KeyPrefix.All(c => c is > ' ' and <= '~'),
            nameof(options.KeyPrefix),
            "must be 1 to 256 ASCII characters without spaces");
        CheckFile(options.CertificateAuthorityFile, nameof(options.CertificateAuthorityFile));
        CheckFile(options.ClientCertificateFile, nameof(options.ClientCertificateFile));
        CheckFile(options.ClientKeyFile, nameof(options.ClientKeyFile));
        CheckFile(options.PasswordFile, nameof(options.PasswordFile));
        Check(
            options.ClientCertificateFile.Length > 0 == options.ClientKeyFile.Length > 0,
            nameof(options.ClientKeyFile),
            "and ClientCertificateFile belong together");
        Check(options.User.Length > 0 == options.PasswordFile.Length > 0, nameof(options.PasswordFile), "and User belong together");
        Check(
            options.CommandTimeout >= TimeSpan.FromMilliseconds(100) && options.CommandTimeout <= TimeSpan.FromMinutes(10),
            nameof(options.CommandTimeout),
            "must be between 100 ms and 10 minutes, written as hours:minutes:seconds");
        Check(
            options.MaxBlobSize is >= 65_536 and <= 536_870_912, nameof(options.MaxBlobSize), "must be between 65536 and 536870912");
        Check(options.ChunkSize is >= 4_096 and <= 67_108_864, nameof(options.ChunkSize), "must be between 4096 and 67108864");
        return result.Build();

        void CheckFile(string path, string member) =>
            Check(path.Length == 0 || File.Exists(path), member, $"is '{path}', which is not a file that exists");

        void Check(bool holds, string member, string rule)
        {
            if (!holds)
            {
                result.AddError($"{EtcdStoreOptions.SectionName}:{member} {rule}.");
            }
        }
    }

    private static Uri? Parse(string text) =>
        Uri.TryCreate(text, UriKind.Absolute, out Uri? uri)
        && uri is { Scheme: "http" or "https", UserInfo: "", PathAndQuery: "/", Fragment: "" }
            ? uri
            : null;

    [GeneratedRegex("^[a-z0-9._-]{1,64}\\z")]
    private static partial Regex Name();
}
