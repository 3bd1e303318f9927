using System.Collections.Concurrent;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using MarbleRun.Cli.Output;
using Net.Pkcs11Interop.Common;
using Net.Pkcs11Interop.HighLevelAPI;

namespace MarbleRun.Cli.Users;

/// <summary>A session with a token of PKCS#11.</summary>
internal sealed class Token : IDisposable
{
    /// <summary>
    /// Libraries stay loaded until the process ends: PKCS#11 initializes a library once for a process, and an end would close sessions of
    /// other users of the library.
    /// </summary>
    private static readonly ConcurrentDictionary<string, Lazy<IPkcs11Library>> s_libraries = new(StringComparer.Ordinal);

    private readonly TokenConfig _config;
    private readonly ISlot _slot;
    private readonly ISession _session;

    private Token(TokenConfig config, ISlot slot, ISession session)
    {
        _config = config;
        _slot = slot;
        _session = session;
    }

    public static Pkcs11InteropFactories Factories { get; } = CreateFactories();

    /// <summary>Opens a session, and logs in.</summary>
    /// <exception cref="InputException">The library, the token or the PIN can't be used.</exception>
    public static async Task<Token> OpenAsync(CommandRun run, string configPath)
    {
        TokenConfig config = await TokenConfig.ReadAsync(configPath, run.CancellationToken);
        byte[] pin = config.Pin ?? (config.LoginNotSupported ? [] : await AskPinAsync(run, config));
        try
        {
            ISlot slot = FindSlot(config);
            ISession session = slot.OpenSession(SessionType.ReadOnly);
            if (!config.LoginNotSupported)
            {
                LogIn(config, session, pin);
            }

            return new Token(config, slot, session);
        }
        catch (Pkcs11Exception e)
        {
            throw new InputException($"The token of {config.File} can't be used: {Describe(e)}.", e);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(pin);
        }
    }

    /// <exception cref="InputException">There is no such key, or there are several.</exception>
    public TokenKey GetKey(TokenObject name)
    {
        IObjectHandle key = FindOne(CKO.CKO_PRIVATE_KEY, name);
        byte[] id = Read(key, CKA.CKA_ID);

        // The public key says what the private one does not.
        IObjectHandle? publicKey = id.Length == 0
            ? null
            : Find(CKO.CKO_PUBLIC_KEY, Attribute(CKA.CKA_ID, id)).FirstOrDefault();
        return publicKey is null
            ? throw new InputException(
                $"The {name} in the token of {_config.File} can't be used: there is no public key with the same id, which must not be "
                + "empty.")
            : new TokenKey(_session, _slot, key, publicKey, $"{name} in the token of {_config.File}");
    }

    /// <returns>The certificate, DER.</returns>
    /// <exception cref="InputException">There is no such certificate, or there are several.</exception>
    public byte[] GetCertificate(TokenObject name) => Read(FindOne(CKO.CKO_CERTIFICATE, name), CKA.CKA_VALUE);

    public void Dispose() => _session.Dispose();

    /// <summary>The name of an error, without the name of the method, which means nothing to users.</summary>
    public static string Describe(Pkcs11Exception exception) => exception.RV switch
    {
        CKR.CKR_PIN_INCORRECT or CKR.CKR_PIN_INVALID or CKR.CKR_PIN_LEN_RANGE =>
            "the PIN is wrong (a token locks itself after some attempts)",
        CKR.CKR_PIN_LOCKED => "the PIN is locked",
        _ => exception.RV.ToString(),
    };

    /// <summary>The package calls dlopen in "libdl", a name that only development packages of a system have.</summary>
    private static Pkcs11InteropFactories CreateFactories()
    {
        NativeLibrary.SetDllImportResolver(typeof(Pkcs11InteropFactories).Assembly, (name, _, _) =>
            name != "libdl" ? 0
            : NativeLibrary.TryLoad("libdl.so.2", out nint library) ? library
            : NativeLibrary.GetMainProgramHandle());
        return new Pkcs11InteropFactories();
    }

    private static async Task<byte[]> AskPinAsync(CommandRun run, TokenConfig config)
    {
        if (!CommandEnvironment.Current.IsInteractive)
        {
            throw new InputException(
                $"The PKCS#11 configuration {config.File} has no Pin, and there is no terminal to ask for it. Add the member Pin, or set "
                + "LoginNotSupported for a token without login.");
        }

        await run.Error.WriteAsync($"PIN of the token of {config.File}: ");
        char[] typed = Terminal.ReadHidden();
        await run.Error.WriteLineAsync();
        byte[] pin = System.Text.Encoding.UTF8.GetBytes(typed);
        Array.Clear(typed);
        return pin;
    }

    private static void LogIn(TokenConfig config, ISession session, byte[] pin)
    {
        try
        {
            session.Login((CKU)config.UserType, pin);
        }
        catch (Pkcs11Exception e) when (e.RV == CKR.CKR_USER_ALREADY_LOGGED_IN)
        {
            // The login is that of all sessions of the process.
        }
        catch (Pkcs11Exception)
        {
            session.Dispose();
            throw;
        }
    }

    private static ISlot FindSlot(TokenConfig config)
    {
        // A name without a folder is searched for by the system.
        string path = config.Library.Contains('/', StringComparison.Ordinal)
            ? CommandEnvironment.Current.Resolve(config.Library)
            : config.Library;
        IPkcs11Library library;
        try
        {
            library = s_libraries.GetOrAdd(
                path, p => new Lazy<IPkcs11Library>(
                    () => Factories.Pkcs11LibraryFactory.LoadPkcs11Library(Factories, p, AppType.MultiThreaded))).Value;
        }
        catch (Exception e) when (e is UnmanagedException or DllNotFoundException or BadImageFormatException)
        {
            s_libraries.TryRemove(path, out _);
            throw new InputException(
                $"The PKCS#11 library {config.Library} of {config.File} can't be loaded: {e.Message.Split('\n')[0]}", e);
        }

        ISlot[] slots = [.. library.GetSlotList(SlotsType.WithTokenPresent).Where(s => Matches(config, s))];
        return slots switch
        {
            [var slot] => slot,
            [] => throw new InputException($"There is no token with the {config.Selector} {config.Token}, which {config.File} names."),
            _ => throw new InputException(
                $"{slots.Length} tokens have the {config.Selector} {config.Token}, which {config.File} names. Select it by TokenSerial or "
                + "SlotNumber."),
        };
    }

    private static bool Matches(TokenConfig config, ISlot slot)
    {
        if (config.Selector == "SlotNumber")
        {
            return slot.SlotId.ToString(CultureInfo.InvariantCulture) == config.Token;
        }

        ITokenInfo token = slot.GetTokenInfo();
        return (config.Selector == "TokenLabel" ? token.Label : token.SerialNumber).TrimEnd(' ', '\0') == config.Token;
    }

    private IObjectHandle FindOne(CKO kind, TokenObject name)
    {
        var attributes = new List<IObjectAttribute>();
        if (name.IdBytes is { } id)
        {
            attributes.Add(Attribute(CKA.CKA_ID, id));
        }

        if (name.LabelBytes is { } label)
        {
            attributes.Add(Attribute(CKA.CKA_LABEL, label));
        }

        IObjectHandle[] found = attributes.Count == 0
            ? throw new InputException($"The id and the label of the {name.What} are empty.")
            : [.. Find(kind, [.. attributes])];
        return found switch
        {
            [var one] => one,
            [] => throw new InputException($"There is no {name} in the token of {_config.File}."),

            // Which one comes first is up to the token, and can change.
            _ => throw new InputException(
                $"{found.Length} objects in the token of {_config.File} match the {name}. Specify both its id and its label."),
        };
    }

    private List<IObjectHandle> Find(CKO kind, params IObjectAttribute[] attributes)
    {
        try
        {
            return _session.FindAllObjects([Factories.ObjectAttributeFactory.Create(CKA.CKA_CLASS, kind), .. attributes]);
        }
        catch (Pkcs11Exception e)
        {
            throw new InputException($"The token of {_config.File} can't be searched: {Describe(e)}.", e);
        }
    }

    private byte[] Read(IObjectHandle handle, CKA attribute) =>
        _session.GetAttributeValue(handle, [attribute])[0] is { CannotBeRead: false } value ? value.GetValueAsByteArray() : [];

    private static IObjectAttribute Attribute(CKA attribute, byte[] value) => Factories.ObjectAttributeFactory.Create(attribute, value);
}
