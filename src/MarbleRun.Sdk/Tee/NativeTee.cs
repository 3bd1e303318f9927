using System.Text;
using MarbleRun.Interop;

namespace MarbleRun.Tee;

/// <summary>The native shim in terms of .NET: exceptions instead of statuses, arrays instead of blobs.</summary>
internal sealed class NativeTee : IDisposable
{
    private static readonly Lazy<PlatformNotSupportedException?> s_loading = new(Load);

    private readonly NativeContext _context;

    private NativeTee(NativeContext context, in NativeInfo info)
    {
        _context = context;
        Backend = (TeeBackend)info.Backend;
        Capabilities = (TeeCapabilities)info.Capabilities;
        ReadOnlySpan<byte> provider = info.Provider;
        int end = provider.IndexOf((byte)0);
        Provider = Encoding.ASCII.GetString(end < 0 ? provider : provider[..end]);
        HasOpenEnclaveHeader = info.Format == NativeMethods.OpenEnclaveReport;
    }

    public TeeBackend Backend { get; }

    public TeeCapabilities Capabilities { get; }

    public string Provider { get; }

    /// <summary>Whether evidence begins with the header of Open Enclave, 16 bytes.</summary>
    public bool HasOpenEnclaveHeader { get; }

    /// <summary>Opens the TEE of this process.</summary>
    /// <exception cref="TeeException">No TEE was found, it cannot be used, or the library is missing.</exception>
    public static unsafe NativeTee Open(TeeBackend backend)
    {
        if (s_loading.Value is { } fault)
        {
            throw new TeeException(TeeStatus.LibraryMissing, 0, fault.Message, fault);
        }

        ThrowIfFailed(NativeMethods.Open((uint)backend, flags: 0, out nint handle));
        var context = new NativeContext(handle);
        var info = new NativeInfo { StructSize = (uint)sizeof(NativeInfo) };
        try
        {
            ThrowIfFailed(NativeMethods.GetInfo(context, ref info));
        }
        catch
        {
            context.Dispose();
            throw;
        }

        return new NativeTee(context, info);
    }

    /// <summary>Evidence over 64 bytes, followed by the auxiliary blob.</summary>
    public unsafe byte[] GetEvidence(ReadOnlySpan<byte> reportData)
    {
        var evidence = NativeBlob.Create();
        var auxiliary = NativeBlob.Create();
        try
        {
            fixed (byte* data = reportData)
            {
                ThrowIfFailed(NativeMethods.GetEvidence(_context, data, (nuint)reportData.Length, ref evidence, ref auxiliary));
            }

            return [.. evidence.Bytes, .. auxiliary.Bytes];
        }
        finally
        {
            NativeMethods.FreeBlob(ref evidence);
            NativeMethods.FreeBlob(ref auxiliary);
        }
    }

    /// <summary>Derives a key and passes it to <paramref name="use"/>; afterwards its bytes are overwritten.</summary>
    public unsafe T UseSealingKey<T>(TeeSealingPolicy policy, ReadOnlySpan<byte> keyId, TeeKeyUse<T> use)
    {
        var key = NativeBlob.Create();
        var newKeyId = NativeBlob.Create();
        try
        {
            fixed (byte* id = keyId)
            {
                ThrowIfFailed(NativeMethods.GetSealingKey(_context, (uint)policy, id, (nuint)keyId.Length, ref key, ref newKeyId));
            }

            return use(key.Bytes, newKeyId.Bytes);
        }
        finally
        {
            NativeMethods.FreeBlob(ref key);
            NativeMethods.FreeBlob(ref newKeyId);
        }
    }

    public unsafe void Extend(int index, ReadOnlySpan<byte> digest)
    {
        fixed (byte* bytes = digest)
        {
            ThrowIfFailed(NativeMethods.Extend(_context, (uint)index, bytes, (nuint)digest.Length));
        }
    }

    public void Dispose() => _context.Dispose();

    /// <summary>Loads the library once, and refuses one of another major version.</summary>
    private static PlatformNotSupportedException? Load()
    {
        try
        {
            uint version = NativeMethods.GetVersion();
            return version >> 16 == NativeMethods.MajorVersion
                ? null
                : new PlatformNotSupportedException(
                    $"The library {NativeMethods.Library} has the interface {version >> 16}.{version & 0xFFFF}, and this version of "
                    + $"MarbleRun.Sdk needs {NativeMethods.MajorVersion}.x. Use the library that comes with the package.");
        }
        catch (Exception exception) when (exception is DllNotFoundException or EntryPointNotFoundException or BadImageFormatException)
        {
            return new PlatformNotSupportedException(
                $"The library {NativeMethods.Library}, which reaches the trusted execution environment, is missing or cannot be loaded. "
                + "Put libmarblerun_native.so, which the build of MarbleRun.Sdk.Native makes for Linux, beside the app.",
                exception);
        }
    }

    private static unsafe void ThrowIfFailed(int status)
    {
        if (status == NativeMethods.Ok)
        {
            return;
        }

        Span<byte> text = stackalloc byte[NativeMethods.ErrorSize];
        int systemError;
        fixed (byte* bytes = text)
        {
            _ = NativeMethods.GetLastError(out systemError, bytes, (nuint)text.Length);
        }

        int end = text.IndexOf((byte)0);
        string words = Encoding.ASCII.GetString(end < 0 ? text : text[..end]);
        throw new TeeException((TeeStatus)status, systemError, TeeRemedies.Describe((TeeStatus)status, words));
    }
}

/// <summary>Uses a sealing key while it exists.</summary>
internal delegate T TeeKeyUse<out T>(ReadOnlySpan<byte> key, ReadOnlySpan<byte> newKeyId);
