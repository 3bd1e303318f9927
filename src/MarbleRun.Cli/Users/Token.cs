using System.Collections.Concurrent;
using System.Globalization;
using System.Security.Cryptography;
using MarbleRun.Cli.Output;
using MarbleRun.Cli.Users.Pkcs11;

namespace MarbleRun.Cli.Users;

/// <summary>A session with a token of PKCS#11.</summary>
internal sealed class Token : IDisposable
{
    /// <summary>
    /// Libraries stay loaded until the process ends: PKCS#11 initializes a library once for a process, and an end would close sessions of
    /// other users of the library.
    /// </summary>
    private static readonly ConcurrentDictionary<string, Lazy<Pkcs11Library>> s_libraries = new(StringComparer.Ordinal);

    private readonly TokenConfig _config;
    private readonly Pkcs11Library _library;
    private readonly ulong _slot;
    private readonly Pkcs11Session _session;

    private Token(TokenConfig config, Pkcs11Library library, ulong slot, Pkcs11Session session)
    {
        _config = config;
        _library = library;
        _slot = slot;
        _session = session;
    }

    /// <summary>Opens a session, and logs in.</summary>
    /// <exception cref="InputException">The library, the token or the PIN can't be used.</exception>
    public static async Task<Token> OpenAsync(CommandRun run, string configPath)
    {
        TokenConfig config = await TokenConfig.ReadAsync(configPath, run.CancellationToken);
        byte[] pin = config.Pin ?? (config.LoginNotSupported ? [] : await AskPinAsync(run, config));
        try
        {
            Pkcs11Library library = Load(config);
            ulong slot = FindSlot(config, library);
            Pkcs11Session session = library.Open(slot);
            if (!config.LoginNotSupported)
            {
                LogIn(config, session, pin);
            }

            return new Token(config, library, slot, session);
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
        ulong key = FindOne(ObjectKind.PrivateKey, name);
        byte[] id = _session.Read(key, ObjectAttribute.Id);

        // The public key says what the private one does not.
        ulong? publicKey = id.Length > 0 && Find(ObjectKind.PublicKey, (ObjectAttribute.Id, id)) is [var first, ..] ? first : null;
        return publicKey is null
            ? throw new InputException(
                $"The {name} in the token of {_config.File} can't be used: there is no public key with the same id, which must not be "
                + "empty.")
            : new TokenKey(_library, _slot, _session, (key, publicKey.Value), $"{name} in the token of {_config.File}");
    }

    /// <returns>The certificate, DER.</returns>
    /// <exception cref="InputException">There is no such certificate, or there are several.</exception>
    public byte[] GetCertificate(TokenObject name) => _session.Read(FindOne(ObjectKind.Certificate, name), ObjectAttribute.Value);

    public void Dispose() => _session.Dispose();

    /// <summary>The name of an error, without the name of the method, which means nothing to users.</summary>
    public static string Describe(Pkcs11Exception exception) => exception.Code switch
    {
        ReturnCode.CKR_PIN_INCORRECT or ReturnCode.CKR_PIN_INVALID or ReturnCode.CKR_PIN_LEN_RANGE =>
            "the PIN is wrong (a token locks itself after some attempts)",
        ReturnCode.CKR_PIN_LOCKED => "the PIN is locked",
        _ => exception.Message,
    };

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

    private static void LogIn(TokenConfig config, Pkcs11Session session, byte[] pin)
    {
        try
        {
            session.LogIn(config.UserType, pin);
        }
        catch (Pkcs11Exception e) when (e.Code == ReturnCode.CKR_USER_ALREADY_LOGGED_IN)
        {
            // The login is that of all sessions of the process.
        }
        catch (Pkcs11Exception)
        {
            session.Dispose();
            throw;
        }
    }

    private static Pkcs11Library Load(TokenConfig config)
    {
        // A name without a folder is searched for by the system.
        string path = config.Library.Contains('/', StringComparison.Ordinal)
            ? CommandEnvironment.Current.Resolve(config.Library)
            : config.Library;
        try
        {
            return s_libraries.GetOrAdd(path, p => new Lazy<Pkcs11Library>(() => Pkcs11Library.Load(p))).Value;
        }
        catch (Exception e) when (e is DllNotFoundException or BadImageFormatException or EntryPointNotFoundException or Pkcs11Exception)
        {
            s_libraries.TryRemove(path, out _);
            throw new InputException(
                $"The PKCS#11 library {config.Library} of {config.File} can't be loaded: {e.Message.Split('\n')[0]}", e);
        }
    }

    private static ulong FindSlot(TokenConfig config, Pkcs11Library library)
    {
        ulong[] slots = [.. library.GetSlots().Where(s => Matches(config, library, s))];
        return slots switch
        {
            [var slot] => slot,
            [] => throw new InputException($"There is no token with the {config.Selector} {config.Token}, which {config.File} names."),
            _ => throw new InputException(
                $"{slots.Length} tokens have the {config.Selector} {config.Token}, which {config.File} names. Select it by TokenSerial or "
                + "SlotNumber."),
        };
    }

    private static bool Matches(TokenConfig config, Pkcs11Library library, ulong slot)
    {
        if (config.Selector == "SlotNumber")
        {
            return slot.ToString(CultureInfo.InvariantCulture) == config.Token;
        }

        (string label, string serial) = library.GetToken(slot);
        return (config.Selector == "TokenLabel" ? label : serial) == config.Token;
    }

    private ulong FindOne(ObjectKind kind, TokenObject name)
    {
        var attributes = new List<(ObjectAttribute, byte[])>();
        if (name.IdBytes is { } id)
        {
            attributes.Add((ObjectAttribute.Id, id));
        }

        if (name.LabelBytes is { } label)
        {
            attributes.Add((ObjectAttribute.Label, label));
        }

        IReadOnlyList<ulong> found = attributes.Count == 0
            ? throw new InputException($"The id and the label of the {name.What} are empty.")
            : Find(kind, [.. attributes]);
        return found switch
        {
            [var one] => one,
            [] => throw new InputException($"There is no {name} in the token of {_config.File}."),

            // Which one comes first is up to the token, and can change.
            _ => throw new InputException(
                $"{found.Count} objects in the token of {_config.File} match the {name}. Specify both its id and its label."),
        };
    }

    private IReadOnlyList<ulong> Find(ObjectKind kind, params (ObjectAttribute Attribute, byte[] Value)[] values)
    {
        try
        {
            return _session.Find([(ObjectAttribute.Class, Pkcs11Session.Number((uint)kind)), .. values]);
        }
        catch (Pkcs11Exception e)
        {
            throw new InputException($"The token of {_config.File} can't be searched: {Describe(e)}.", e);
        }
    }
}
