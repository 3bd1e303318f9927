using MarbleRun.TestSupport;
using Microsoft.Playwright;

[assembly: AssemblyFixture(typeof(MarbleRun.Dashboard.Tests.Browser))]

namespace MarbleRun.Dashboard.Tests;

/// <summary>Debian's chromium, one for all tests. A test that needs it is skipped where it is not installed.</summary>
public sealed class Browser : IAsyncLifetime
{
    private const string Path = "/usr/bin/chromium";

    private IPlaywright? _playwright;
    private IBrowser? _browser;

    public async ValueTask InitializeAsync()
    {
        if (!File.Exists(Path))
        {
            return;
        }

        _playwright = await Playwright.CreateAsync();
        _browser = await _playwright.Chromium.LaunchAsync(new BrowserTypeLaunchOptions
        {
            ExecutablePath = Path,
            // The tests run as root in containers, where chromium's sandbox does not start.
            Args = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"],
        });
    }

    public async ValueTask DisposeAsync()
    {
        if (_browser is not null)
        {
            await _browser.CloseAsync();
        }

        _playwright?.Dispose();
    }

    /// <summary>Opens a page without cookies of other tests.</summary>
    public async Task<IPage> OpenAsync(ColorScheme scheme = ColorScheme.Light, string? proxy = null)
    {
        Assert.SkipWhen(_browser is null, $"{Path} is not installed. .ci/tools installs it on Debian.");
        IBrowserContext context = await _browser.NewContextAsync(new BrowserNewContextOptions
        {
            ColorScheme = scheme,
            // Without the rule, the addresses of this machine are reached directly.
            Proxy = proxy is null ? null : new Proxy { Server = proxy, Bypass = "<-loopback>" },
            ViewportSize = new ViewportSize { Width = 1280, Height = 900 },
        });
        IPage page = await context.NewPageAsync();
        page.SetDefaultTimeout(30_000);
        return page;
    }

    /// <summary>The script of axe, which .ci/tools fetches; the test is skipped without it.</summary>
    public static string ReadAxe()
    {
        string path = System.IO.Path.Combine(RepositoryFiles.Root, "artifacts/axe/package/axe.min.js");
        Assert.SkipUnless(File.Exists(path), $"{path} is missing. .ci/tools fetches it from npm.");
        return File.ReadAllText(path);
    }
}
