using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace MarbleRun.Cli.Users.Pkcs11;

/// <summary>A session with a token. One operation runs at a time.</summary>
internal sealed unsafe class Pkcs11Session(Pkcs11Library library, CULong session) : IDisposable
{
    private const int SearchSize = 64;
    private readonly Lock _turn = new();
    private bool _isClosed;

    /// <summary>A number as a token wants it in an attribute: CK_ULONG.</summary>
    public static byte[] Number(uint value) => MemoryMarshal.AsBytes<CULong>([new CULong(value)]).ToArray();

    /// <exception cref="Pkcs11Exception">The PIN is wrong, for instance.</exception>
    public void LogIn(uint userType, ReadOnlySpan<byte> pin)
    {
        fixed (byte* start = pin)
        {
            Pkcs11Exception.ThrowIfFailed(
                ((delegate* unmanaged[Cdecl]<CULong, CULong, byte*, CULong, CULong>)library.Find(Pkcs11Library.Function.Login))(
                    session, new CULong(userType), start, Length(pin)));
        }
    }

    /// <summary>Finds all objects that have these values.</summary>
    public IReadOnlyList<ulong> Find(IReadOnlyList<(ObjectAttribute Attribute, byte[] Value)> values)
    {
        lock (_turn)
        {
            var pins = new List<GCHandle>();
            try
            {
                var template = new AttributeValue[values.Count];
                for (int i = 0; i < template.Length; i++)
                {
                    var pin = GCHandle.Alloc(values[i].Value, GCHandleType.Pinned);
                    pins.Add(pin);
                    template[i] = new AttributeValue
                    {
                        Type = new CULong((uint)values[i].Attribute),
                        Value = (byte*)pin.AddrOfPinnedObject(),
                        Length = Length(values[i].Value),
                    };
                }

                return Search(template);
            }
            finally
            {
                pins.ForEach(p => p.Free());
            }
        }
    }

    /// <returns>The value; empty if the object does not have it, or does not show it.</returns>
    public byte[] Read(ulong handle, ObjectAttribute attribute)
    {
        lock (_turn)
        {
            var call = (delegate* unmanaged[Cdecl]<CULong, CULong, AttributeValue*, CULong, CULong>)library.Find(
                Pkcs11Library.Function.GetAttributeValue);
            var read = new AttributeValue { Type = new CULong((uint)attribute) };
            CULong result = call(session, new CULong((nuint)handle), &read, new CULong(1));
            if ((ReturnCode)result.Value is ReturnCode.CKR_ATTRIBUTE_SENSITIVE or ReturnCode.CKR_ATTRIBUTE_TYPE_INVALID)
            {
                return [];
            }

            Pkcs11Exception.ThrowIfFailed(result);
            byte[] value = new byte[(int)read.Length.Value];
            fixed (byte* start = value)
            {
                read.Value = start;
                Pkcs11Exception.ThrowIfFailed(call(session, new CULong((nuint)handle), &read, new CULong(1)));
            }

            return value;
        }
    }

    /// <exception cref="Pkcs11Exception">The token refuses.</exception>
    public byte[] Sign(Mechanism mechanism, ulong key, ReadOnlySpan<byte> data) => Run(
        Pkcs11Library.Function.SignInit, Pkcs11Library.Function.Sign, new MechanismValue { Type = new CULong((uint)mechanism) }, key, data);

    /// <exception cref="Pkcs11Exception">The token refuses.</exception>
    public byte[] Decrypt(Mechanism mechanism, ulong key, ReadOnlySpan<byte> data) => Run(
        Pkcs11Library.Function.DecryptInit,
        Pkcs11Library.Function.Decrypt,
        new MechanismValue { Type = new CULong((uint)mechanism) },
        key,
        data);

    /// <summary>Decrypts by OAEP with SHA-256 for hash and mask, and no label.</summary>
    /// <exception cref="Pkcs11Exception">The token refuses.</exception>
    public byte[] DecryptOaep(ulong key, ReadOnlySpan<byte> data)
    {
        // CKM_SHA256, CKG_MGF1_SHA256, CKZ_DATA_SPECIFIED.
        var parameters = new OaepParameters { Hash = new CULong(0x250), Mask = new CULong(2), Source = new CULong(1) };
        var mechanism = new MechanismValue
        {
            Type = new CULong((uint)Mechanism.RsaPkcsOaep),
            Parameters = &parameters,
            Length = new CULong((uint)sizeof(OaepParameters)),
        };
        return Run(Pkcs11Library.Function.DecryptInit, Pkcs11Library.Function.Decrypt, mechanism, key, data);
    }

    /// <summary>Ends the session; a token that is gone already has ended it.</summary>
    public void Dispose()
    {
        lock (_turn)
        {
            if (!_isClosed)
            {
                _isClosed = true;
                _ = ((delegate* unmanaged[Cdecl]<CULong, CULong>)library.Find(Pkcs11Library.Function.CloseSession))(session);
            }
        }
    }

    private static CULong Length(ReadOnlySpan<byte> data) => new((uint)data.Length);

    private List<ulong> Search(AttributeValue[] template)
    {
        fixed (AttributeValue* start = template)
        {
            Pkcs11Exception.ThrowIfFailed(
                ((delegate* unmanaged[Cdecl]<CULong, AttributeValue*, CULong, CULong>)library.Find(
                    Pkcs11Library.Function.FindObjectsInit))(session, start, new CULong((uint)template.Length)));
        }

        var found = new List<ulong>();
        try
        {
            CULong* handles = stackalloc CULong[SearchSize];
            CULong count;
            do
            {
                Pkcs11Exception.ThrowIfFailed(
                    ((delegate* unmanaged[Cdecl]<CULong, CULong*, CULong, CULong*, CULong>)library.Find(
                        Pkcs11Library.Function.FindObjects))(session, handles, new CULong(SearchSize), &count));
                for (int i = 0; i < (int)count.Value; i++)
                {
                    found.Add(handles[i].Value);
                }
            }
            while (count.Value > 0);
        }
        finally
        {
            _ = ((delegate* unmanaged[Cdecl]<CULong, CULong>)library.Find(Pkcs11Library.Function.FindObjectsFinal))(session);
        }

        return found;
    }

    /// <summary>An operation begins, says how long its result can be, and gives it.</summary>
    private byte[] Run(
        Pkcs11Library.Function begin, Pkcs11Library.Function run, MechanismValue mechanism, ulong key, ReadOnlySpan<byte> data)
    {
        lock (_turn)
        {
            Pkcs11Exception.ThrowIfFailed(
                ((delegate* unmanaged[Cdecl]<CULong, MechanismValue*, CULong, CULong>)library.Find(begin))(
                    session, &mechanism, new CULong((nuint)key)));
            var call = (delegate* unmanaged[Cdecl]<CULong, byte*, CULong, byte*, CULong*, CULong>)library.Find(run);
            fixed (byte* input = data)
            {
                CULong size = default;
                Pkcs11Exception.ThrowIfFailed(call(session, input, Length(data), null, &size));
                byte[] output = new byte[(int)size.Value];
                try
                {
                    fixed (byte* start = output)
                    {
                        Pkcs11Exception.ThrowIfFailed(call(session, input, Length(data), start, &size));
                    }

                    return output[..(int)size.Value];
                }
                finally
                {
                    CryptographicOperations.ZeroMemory(output);
                }
            }
        }
    }

    /// <summary>CK_ATTRIBUTE. Windows packs it; elsewhere all members have one size.</summary>
    [StructLayout(LayoutKind.Sequential, Pack = 1)]
    private struct AttributeValue
    {
        public CULong Type;
        public byte* Value;
        public CULong Length;
    }

    /// <summary>CK_MECHANISM.</summary>
    [StructLayout(LayoutKind.Sequential, Pack = 1)]
    private struct MechanismValue
    {
        public CULong Type;
        public void* Parameters;
        public CULong Length;
    }

    /// <summary>CK_RSA_PKCS_OAEP_PARAMS.</summary>
    [StructLayout(LayoutKind.Sequential, Pack = 1)]
    private struct OaepParameters
    {
        public CULong Hash;
        public CULong Mask;
        public CULong Source;
        public void* Label;
        public CULong LabelLength;
    }
}
