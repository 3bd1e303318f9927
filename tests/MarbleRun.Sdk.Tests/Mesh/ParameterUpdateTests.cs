using System.Text.Json.Nodes;
using System.Threading.Channels;
using MarbleRun.Hosting;
using MarbleRun.Identity;
using MarbleRun.Secrets;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Options;

namespace MarbleRun.Tests.Mesh;

/// <summary>
/// An operator changes a manifest or a secret, and a running Marble uses the new values: nothing is replaced but the processes.
/// </summary>
public sealed class ParameterUpdateTests : IDisposable
{
    private const string Section = "ParameterUpdateTests";
    private const string KeyVariable = "PARAMETER_UPDATE_TESTS_KEY";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        foreach (string name in (string[])[$"{Section}__Text", $"{Section}__Password", KeyVariable])
        {
            Environment.SetEnvironmentVariable(name, null);
        }
    }

    [Fact]
    public async Task Update_ValuesOfTheManifest_ReachTheRunningMarbleWithoutARestart()
    {
        await using RefreshingMesh mesh = await RefreshingMesh.StartAsync("first password", m => Parameters(m, "hello"));
        (IOptionsMonitor<Greeting> monitor, Channel<Greeting> changes) = await StartMarbleAsync(mesh);
        MarbleSecrets secrets = mesh.Services.GetRequiredService<MarbleSecrets>();
        string key = secrets.GetText(KeyVariable);
        Assert.Equal("hello", monitor.CurrentValue.Text);
        Assert.Equal("first password", await ReadAsync(mesh));

        // Both at once: the update makes the Marble renew.
        await mesh.UploadAsync("password", "second password");
        await mesh.UpdateAsync(Parameters(mesh, "good day"));
        Greeting after = await changes.Reader.ReadAsync(Token);

        Assert.Equal(("good day", "second password"), (after.Text, after.Password));
        Assert.Equal("second password", await ReadAsync(mesh));
        Assert.Equal(("second password", key), (secrets.GetText($"{Section}__Password"), secrets.GetText(KeyVariable)));
    }

    [Fact]
    public async Task Upload_OfASecret_ReachesTheRunningMarbleAtItsNextRenewalAndIsTheOnlyReload()
    {
        await using RefreshingMesh mesh = await RefreshingMesh.StartAsync("first password", m => Parameters(m, "hello"));
        (_, Channel<Greeting> changes) = await StartMarbleAsync(mesh);
        IMarbleIdentityProvider provider = mesh.Services.GetRequiredService<IMarbleIdentityProvider>();
        await NextIdentityAsync(provider);
        await mesh.UploadAsync("password", "second password");

        Greeting after = await changes.Reader.ReadAsync(Token);
        await NextIdentityAsync(provider);
        await NextIdentityAsync(provider);

        Assert.Equal(("hello", "second password"), (after.Text, after.Password));
        Assert.Equal("second password", await ReadAsync(mesh));
        Assert.False(changes.Reader.TryPeek(out _));
        Assert.Single(mesh.Logs.Entries, e => e.Contains("ParametersChanged", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("file", "belongs to the operating system")]
    [InlineData("variable", "controls which code runs here")]
    [InlineData("secret", "MORE")]
    [Trait("Security", "E9")]
    public async Task Update_ThatTheAppMustNotApply_ChangesNothingAndTheIdentityIsRenewed(string what, string reason)
    {
        await using RefreshingMesh mesh = await RefreshingMesh.StartAsync("first password", m => Parameters(m, "hello"));
        (IOptionsMonitor<Greeting> monitor, Channel<Greeting> changes) = await StartMarbleAsync(mesh);
        IMarbleIdentityProvider provider = mesh.Services.GetRequiredService<IMarbleIdentityProvider>();
        Task renewed = ChangeAsync(provider);
        JsonObject wrong = Parameters(mesh, "evil");
        switch (what)
        {
            case "file":
                wrong["Files"]!["/etc/ld.so.preload"] = "/evil.so";
                break;
            case "variable":
                wrong["Env"]!["LD_PRELOAD"] = "/evil.so";
                break;
            default:
                // No user has uploaded it.
                wrong["Env"]!["MORE"] = "{{ string .Secrets.more }}";
                break;
        }

        await mesh.UpdateAsync(wrong);
        await renewed.WaitAsync(Token);
        string entry = await NextEntryAsync(mesh, "ParametersNotReplaced");
        HealthCheckResult health = await CheckAsync(mesh);

        Assert.Contains(reason, entry, StringComparison.Ordinal);
        Assert.Equal("hello", monitor.CurrentValue.Text);
        Assert.Equal("first password", await ReadAsync(mesh));
        Assert.Equal(HealthStatus.Degraded, health.Status);
        Assert.Contains(reason, health.Description, StringComparison.Ordinal);

        await mesh.UpdateAsync(Parameters(mesh, "good day"));
        Assert.Equal("good day", (await changes.Reader.ReadAsync(Token)).Text);
        Assert.DoesNotContain("parameters", (await CheckAsync(mesh)).Description, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Update_WithoutTheTypeOfTheMarble_IsRefusedAndTheValuesStay()
    {
        await using RefreshingMesh mesh = await RefreshingMesh.StartAsync("first password", m => Parameters(m, "hello"));
        (IOptionsMonitor<Greeting> monitor, Channel<Greeting> changes) = await StartMarbleAsync(mesh);

        await mesh.UpdateAsync(Parameters(mesh, "evil"), hasApp: false);
        string entry = await NextEntryAsync(mesh, "RenewalDenied");

        Assert.Contains("unknown marble type requested", entry, StringComparison.Ordinal);
        Assert.Equal("hello", monitor.CurrentValue.Text);
        Assert.False(changes.Reader.TryPeek(out _));
    }

    private static JsonObject Parameters(RefreshingMesh mesh, string greeting) => new()
    {
        ["Env"] = new JsonObject
        {
            [$"{Section}__Text"] = greeting,
            [$"{Section}__Password"] = "{{ string .Secrets.password }}",
            [KeyVariable] = "{{ hex .Secrets.private }}",
        },
        ["Files"] = new JsonObject { [Path.Combine(mesh.Files, "password")] = "{{ raw .Secrets.password }}" },
    };

    private static async Task<(IOptionsMonitor<Greeting> Monitor, Channel<Greeting> Changes)> StartMarbleAsync(RefreshingMesh mesh)
    {
        await mesh.StartMarbleAsync(builder =>
        {
            builder.Services.Configure<Greeting>(builder.Configuration.GetSection(Section));
        });
        IOptionsMonitor<Greeting> monitor = mesh.Services.GetRequiredService<IOptionsMonitor<Greeting>>();
        var changes = Channel.CreateUnbounded<Greeting>();
        monitor.OnChange(greeting => changes.Writer.TryWrite(greeting));
        return (monitor, changes);
    }

    private static Task<string> ReadAsync(RefreshingMesh mesh) => File.ReadAllTextAsync(Path.Combine(mesh.Files, "password"), Token);

    private static Task NextIdentityAsync(IMarbleIdentityProvider provider) => ChangeAsync(provider).WaitAsync(Token);

    private static Task ChangeAsync(IMarbleIdentityProvider provider)
    {
        var changed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        provider.Current.ChangeToken.RegisterChangeCallback(_ => changed.TrySetResult(), state: null);
        return changed.Task;
    }

    private static async Task<string> NextEntryAsync(RefreshingMesh mesh, string name)
    {
        while (true)
        {
            if (mesh.Logs.Entries.FirstOrDefault(e => e.Contains(name, StringComparison.Ordinal)) is { } entry)
            {
                return entry;
            }

            await Task.Delay(20, Token);
        }
    }

    private static async Task<HealthCheckResult> CheckAsync(RefreshingMesh mesh)
    {
        MarbleHealthCheck check = mesh.Services.GetRequiredService<MarbleHealthCheck>();
        return await check.CheckHealthAsync(new HealthCheckContext(), Token);
    }

    private sealed class Greeting
    {
        public string Text { get; set; } = string.Empty;

        public string Password { get; set; } = string.Empty;
    }
}
