using System.Runtime.InteropServices;
using System.Text;
using MarbleRun.Activation;
using MarbleRun.Activation.Targets;
using MarbleRun.TestSupport;

namespace MarbleRun.Tests.Activation;

/// <summary>
/// A Coordinator that is not the right one, or a manifest that goes too far: of parameters that name one forbidden thing, nothing is
/// applied, the innocent ones included.
/// </summary>
public sealed class HostileParametersTests : ActivationFixture
{
    private readonly string _variable = $"MARBLE_TEST_{Guid.NewGuid():N}";

    private static string Home => Environment.GetFolderPath(Environment.SpecialFolder.UserProfile);

    public static TheoryData<string, string> ForbiddenFiles => new()
    {
        { "data/../../outside", "has a part '..'" },
        { "../outside", "has a part '..'" },
        { "", "'' is not the path of a file" },
        { "data/", "'data/' is not the path of a file" },
        { "data/a\0b", "'data/a b' is not the path of a file" },
        { "data/a\nb", "'data/a b' is not the path of a file" },
        { "data/" + new string('n', 256), "has a part that is longer than 255 bytes" },
        { "data/" + string.Concat(Enumerable.Repeat("name/", 800)) + "x", "is longer than 4,000 bytes" },
        { Path.Combine(AppContext.BaseDirectory, "Lazy.dll"), "belongs to the app" },
        { Path.Combine(AppContext.BaseDirectory, "MarbleRun.Sdk.dll"), "belongs to the app" },
        { Path.Combine(AppContext.BaseDirectory, "de", "MarbleRun.Sdk.resources.dll"), "belongs to the app" },
        { Path.Combine(AppContext.BaseDirectory, "MarbleRun.Sdk.Tests.deps.json"), "belongs to the app" },
        { Path.Combine(AppContext.BaseDirectory, "MarbleRun.Sdk.Tests.runtimeconfig.json"), "belongs to the app" },
        { Path.Combine(AppContext.BaseDirectory, "appsettings.Production.json"), "belongs to the app" },
        { Path.Combine(AppContext.BaseDirectory, "data", "plugin.dll"), "belongs to the app" },
        { Path.Combine(AppContext.BaseDirectory, "data", "AppSettings.json"), "belongs to the app" },
        { Path.Combine(AppContext.BaseDirectory, "data", "libssl.so.3"), "belongs to the app" },
        { Path.Combine(Environment.CurrentDirectory, "appsettings.json"), "belongs to the app" },
        { Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "System.Private.CoreLib.dll"), "belongs to the " },
        { Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "new.so"), "belongs to the " },
        { "/etc/ld.so.preload", "belongs to the operating system" },
        { "/etc/ld.so.conf.d/x.conf", "belongs to the operating system" },
        { "/etc/passwd", "belongs to the operating system" },
        { "/etc/ssl/openssl.cnf", "belongs to the operating system" },
        { "/etc/cron.d/job", "belongs to the operating system" },
        { "/lib/x86_64-linux-gnu/libc.so.6", "belongs to the operating system" },
        { "/lib64/ld-linux-x86-64.so.2", "belongs to the operating system" },
        { "/usr/lib/libevil.so", "belongs to the operating system" },
        { "/usr/local/lib/libevil.so", "belongs to the operating system" },
        { "/usr/bin/env", "belongs to the operating system" },
        { "/proc/self/mem", "belongs to the operating system" },
        { "/sys/kernel/uevent_helper", "belongs to the operating system" },
        { "/dev/stdout", "belongs to the operating system" },
        { "/dev/shm/x", "belongs to the operating system" },
        { Path.Combine(Home, ".dotnet", "corefx", "cryptography", "x509stores", "root", "authority.pfx"), "belongs to the runtime" },
        { Path.Combine(Home, ".aspnet", "DataProtection-Keys", "key.xml"), "belongs to the runtime" },
        { Path.Combine(Home, ".microsoft", "usersecrets", "app", "secrets.json"), "belongs to the runtime" },
        { "/dev/attestation/user_report_data", "belongs to the operating system" },
    };

    public static TheoryData<string> SteeringNames =>
    [
        "LD_PRELOAD", "LD_LIBRARY_PATH", "LD_AUDIT", "ld_preload", "GLIBC_TUNABLES", "GCONV_PATH", "MALLOC_CONF", "MALLOC_CHECK_",
        "LOCPATH", "RES_OPTIONS", "HOSTALIASES", "RESOLV_HOST_CONF",
        "CORECLR_PROFILER", "CORECLR_ENABLE_PROFILING", "COMPlus_gcServer",
        "COMPLUS_EnableDiagnostics", "DOTNET_STARTUP_HOOKS", "DOTNET_ADDITIONAL_DEPS", "DOTNET_gcServer",
        "DOTNET_EnableDiagnostics",
        "DOTNET_ROOT", "DOTNET_DbgEnableMiniDump", "COREHOST_TRACEFILE", "MSBUILD_EXE_PATH", "ICU_DATA", "LTTNG_HOME",
        "ASPNETCORE_HOSTINGSTARTUPASSEMBLIES", "aspnetcore_hostingStartupAssemblies", "ASPNETCORE_HOSTINGSTARTUPEXCLUDEASSEMBLIES",
        "ASPNETCORE_PREVENTHOSTINGSTARTUP",
        "ASPNETCORE_STARTUPASSEMBLY", "HOSTINGSTARTUPASSEMBLIES", "OPENSSL_CONF", "OPENSSL_MODULES",
        "SSL_CERT_FILE", "SSL_CERT_DIR", "SSLKEYLOGFILE", "KRB5_CONFIG",
        "PATH", "Path", "HOME", "TMPDIR", "TEMP", "IFS", "BASH_ENV",
        "BASH_FUNC_x%%", "PYTHONPATH", "PYTHONSTARTUP", "NODE_OPTIONS", "PERL5LIB", "JAVA_TOOL_OPTIONS", "RUBYOPT",
        "http_proxy",
        "HTTP_PROXY", "https_proxy", "HTTPS_PROXY", "ALL_PROXY", "no_proxy", "NO_PROXY", "grpc_proxy",
        "GRPC_DEFAULT_SSL_ROOTS_FILE_PATH",
        "EDG_MARBLE_COORDINATOR_ADDR", "EDG_MARBLE_TYPE", "EDG_CWD", "OE_SIMULATION",
        "MARBLERUN_SIMULATION_DIR",
        "ASPNETCORE_CONTENTROOT", "ASPNETCORE_Marble__HealthAddress", "aspnetcore_marble:simulation",
        "ASPNETCORE_MARBLE__ALLOWPLAINTEXT",
        "ODBCSYSINI", "ODBCINSTINI", "SASL_PATH", "LDAPCONF", "LDAPTLS_CACERT",
        "GIO_EXTRA_MODULES", "GTK_MODULES", "FONTCONFIG_FILE", "OCL_ICD_VENDORS", "LESSOPEN", "ZDOTDIR", "AWKLIBPATH",
        "SSH_ASKPASS",
        "QCNL_CONF_PATH", "SGX_AESM_ADDR", "AZDCAP_BASE_CERT_URL",
        "Marble__CoordinatorAddress", "Marble__FileRoots__0",
        "marble__allowedvariables__0", "Marble:ExportIdentity", "Marble__Simulation", "Marble__CoordinatorTrust",
    ];

    [Theory]
    [Trait("Security", "E8")]
    [Trait("Security", "G8")]
    [MemberData(nameof(ForbiddenFiles))]
    public async Task Apply_FileThatIsForbidden_NothingIsAppliedThoughTheAppListsMuch(string path, string reason)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "The paths are those of Linux.");
        string before = State(path);

        string message = await AssertNothingAppliedAsync(reply => reply.Files[path] = "hostile"u8.ToArray(), Everything);

        Assert.Contains(reason, message, StringComparison.Ordinal);
        Assert.Equal(before, State(path));
    }

    [Theory]
    [Trait("Security", "E8")]
    [InlineData("/var/other/file", "is not in a folder that the app accepts files in ('")]
    [InlineData("beside", "is not in a folder that the app accepts files in ('")]
    [InlineData("/etc/orders/key", "AddMarble(o => o.FileRoots.Add(\"/etc/orders\"))")]
    [InlineData("/run/keys/disk", "AddMarble(o => o.FileRoots.Add(\"/run/keys\"))")]
    [InlineData("/dev/attestation/keys/default", "AddMarble(o => o.FileRoots.Add(\"/dev/attestation/keys\"))")]
    public async Task Apply_FileOfAReferencesManifestElsewhere_NamesTheOption(string path, string remedy)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "The paths are those of Linux.");

        Assert.Contains(remedy, await AssertNothingAppliedAsync(reply => reply.Files[path] = [1]), StringComparison.Ordinal);
    }

    [Theory]
    [Trait("Security", "E8")]
    [InlineData("a", "a/b")]
    [InlineData("a/b/c", "a")]
    public async Task Apply_FileBelowAnotherFile_NothingIsApplied(string one, string other)
    {
        string message = await AssertNothingAppliedAsync(reply =>
        {
            reply.Files[Path.Combine(Folder, one)] = [1];
            reply.Files[Path.Combine(Folder, other)] = [2];
        });

        Assert.Contains("cannot be below the file", message, StringComparison.Ordinal);
    }

    [Theory]
    [Trait("Security", "E8")]
    [InlineData("x", "./x")]
    [InlineData("x", "/x")]
    public async Task Apply_TwoNamesOfOnePath_NothingIsApplied(string one, string other)
    {
        string message = await AssertNothingAppliedAsync(reply =>
        {
            reply.Files[$"{Folder}/{one}"] = [1];
            reply.Files[$"{Folder}/{other}"] = [2];
        });

        Assert.Contains("two files have the path", message, StringComparison.Ordinal);
    }

    [Fact]
    [Trait("Security", "E8")]
    public async Task Apply_FileOverTheUuid_NothingIsApplied() =>
        Assert.Contains(
            "is in use by this process", await AssertNothingAppliedAsync(reply => reply.Files[UuidFile] = [1]), StringComparison.Ordinal);

    [Theory]
    [Trait("Security", "G8")]
    [Trait("Security", "E4")]
    [MemberData(nameof(SteeringNames))]
    public async Task Apply_VariableThatSteersTheProcess_NothingIsAppliedUnlessTheAppListsIt(string name)
    {
        string? before = Environment.GetEnvironmentVariable(name);

        string message = await AssertNothingAppliedAsync(reply => reply.Environment[name] = "/hostile"u8.ToArray());

        Assert.Contains($"'{name}' controls which code runs here", message, StringComparison.Ordinal);
        Assert.Contains($"AddMarble(o => o.AllowedVariables.Add(\"{name}\"))", message, StringComparison.Ordinal);
        Assert.Equal(before, Environment.GetEnvironmentVariable(name));
        var options = new MarbleOptions { AllowedVariables = { name.ToLowerInvariant() } };
        Assert.Null(ParameterRules.Of(options).FindFault(name, Google.Protobuf.ByteString.Empty));
    }

    [Theory]
    [InlineData("DOTNET_ENVIRONMENT")]
    [InlineData("ASPNETCORE_ENVIRONMENT")]
    [InlineData("ASPNETCORE_URLS")]
    [InlineData("Kestrel__Endpoints__Https__Url")]
    [InlineData("Marble__RequireMarbleClients")]
    [InlineData("MARBLE__ALLOWPLAINTEXT")]
    [InlineData("GRPC_PORT")]
    [InlineData("NODE_ENV")]
    [InlineData("LANG")]
    [InlineData("ENV")]
    [InlineData("LDAP_URL")]
    [InlineData("SASL_USERNAME")]
    [InlineData("ODBC_CONNECTION")]
    [InlineData("ConnectionStrings__Orders")]
    [InlineData("Logging__LogLevel__Default")]
    [InlineData("TZ")]
    [InlineData("DATABASE_PASSWORD")]
    public void FindFault_VariableThatConfigures_IsTaken(string name) =>
        Assert.Null(ParameterRules.Of(new MarbleOptions()).FindFault(name, Google.Protobuf.ByteString.CopyFromUtf8("x")));

    [Theory]
    [Trait("Security", "E8")]
    [Trait("Security", "G8")]
    [InlineData("DOTNET_ENVIRONMENT", "x/../data/evil")]
    [InlineData("ASPNETCORE_ENVIRONMENT", "x/../../srv/evil")]
    [InlineData("aspnetcore_environment", "x\\..\\data\\evil")]
    public async Task Apply_EnvironmentThatIsAPath_NothingIsApplied(string name, string value)
    {
        string message = await AssertNothingAppliedAsync(reply => reply.Environment[name] = Encoding.UTF8.GetBytes(value));

        Assert.Contains("is a path instead of the name of an environment", message, StringComparison.Ordinal);
    }

    [Theory]
    [Trait("Security", "G2")]
    [InlineData(1_025, 0, 1)]
    [InlineData(0, 1_025, 1)]
    [InlineData(3, 0, 4 * 1_024 * 1_024)]
    public async Task Apply_TooMuch_NothingIsApplied(int files, int variables, int size)
    {
        MarbleActivationException exception = await Assert.ThrowsAsync<MarbleActivationException>(() => GiveAsync(reply =>
        {
            for (int i = 0; i < files; i++)
            {
                reply.Files[Path.Combine(Folder, $"f{i}")] = new byte[size];
            }

            for (int i = 0; i < variables; i++)
            {
                reply.Environment[$"V{i}"] = [.. "1"u8];
            }
        }));

        Assert.NotNull(exception.Message);
        AssertNothingApplied();
    }

    [Fact]
    [Trait("Security", "G2")]
    public void Create_MoreBytesThanAReplyHolds_IsRefused()
    {
        var parameters = new MarbleRun.Protos.Parameters();
        parameters.Files.Add(Path.Combine(Folder, "big"), Google.Protobuf.ByteString.CopyFrom(new byte[11 * 1_024 * 1_024]));
        var options = new MarbleOptions { FileRoots = { Folder } };

        MarbleActivationException exception = Assert.Throws<MarbleActivationException>(
            () => ParameterPlan.Create(parameters, ParameterRules.Of(options)));

        Assert.Contains("bytes in all, and the limit is 9,437,184", exception.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(@"C:\data\file:stream", "is not a valid file name on Windows")]
    [InlineData(@"\\server\share\file", "names another machine or a device")]
    [InlineData(@"\\?\C:\data\file", "names another machine or a device")]
    [InlineData(@"data\NUL", "is not a valid file name on Windows")]
    [InlineData(@"data\com1.txt", "is not a valid file name on Windows")]
    [InlineData(@"data\file.", "is not a valid file name on Windows")]
    [InlineData(@"data\file ", "is not a valid file name on Windows")]
    [InlineData(@"data\a*b", "is not a valid file name on Windows")]
    public void FindWindowsFault_FormThatMeansAnotherFile_IsSaid(string path, string reason) =>
        Assert.Contains(reason, FileNames.FindWindowsFault(path), StringComparison.Ordinal);

    [Theory]
    [InlineData(@"C:\data\file.txt")]
    [InlineData("data/file.txt")]
    [InlineData(@"data\console.log")]
    public void FindWindowsFault_PlainFile_IsNone(string path) => Assert.Null(FileNames.FindWindowsFault(path));

    /// <summary>An app that takes files nearly everywhere.</summary>
    private static void Everything(MarbleOptions options)
    {
        string app = Path.TrimEndingDirectorySeparator(AppContext.BaseDirectory);
        string[] roots =
        [
            "/etc",
            "/etc/ssl",
            "/lib",
            "/lib64",
            "/usr",
            "/usr/lib",
            "/proc",
            "/sys",
            "/dev",
            RuntimeEnvironment.GetRuntimeDirectory(),
            Home,
            Environment.CurrentDirectory,
            Path.GetDirectoryName(app)!,
            app,
            Path.Combine(app, "data"),
            Path.Combine(app, "de"),
        ];
        foreach (string root in roots)
        {
            options.FileRoots.Add(root);
        }
    }

    private static string State(string path)
    {
        if (path.Contains('\0', StringComparison.Ordinal)
            || path.StartsWith("/proc", StringComparison.Ordinal)
            || path.StartsWith("/dev", StringComparison.Ordinal))
        {
            return string.Empty;
        }

        var file = new FileInfo(path.Length == 0 ? "." : path);
        return $"{file.Exists} {(file.Exists ? file.LastWriteTimeUtc.Ticks : 0)}";
    }

    private async Task<string> AssertNothingAppliedAsync(Action<FakeReply> change, Action<MarbleOptions>? options = null)
    {
        MarbleActivationException exception = await Assert.ThrowsAsync<MarbleActivationException>(() => GiveAsync(change, options));

        Assert.Equal(MarbleActivationFailure.ParametersNotApplied, exception.Failure);
        AssertNothingApplied();
        return exception.Message;
    }

    private Task<MarbleActivation> GiveAsync(Action<FakeReply> change, Action<MarbleOptions>? options = null)
    {
        Coordinator.Handler = call =>
        {
            FakeReply reply = FakeCoordinator.Reply(Authority, Authority.IssueMarble(call.MarbleType, Guid.Parse(call.Uuid)));
            reply.Files[Path.Combine(Folder, "innocent")] = [1];
            reply.Environment[_variable] = Encoding.UTF8.GetBytes("innocent");
            change(reply);
            return reply;
        };
        return ActivateAsync(options);
    }

    private void AssertNothingApplied()
    {
        Assert.Equal([UuidFile], Directory.GetFileSystemEntries(Folder));
        Assert.Null(Environment.GetEnvironmentVariable(_variable));
        Assert.Null(Environment.GetEnvironmentVariable("MARBLE_PREDEFINED_PRIVATE_KEY"));
    }
}
