using System.Diagnostics.CodeAnalysis;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;

namespace MarbleRun;

/// <summary>
/// The mesh addresses of a deployment's Coordinators: one, or several that share a store. Any of them answers; connections go to the one
/// that answered last. Each process has an order of its own, so that the Marbles of a mesh, which all have the same list, are spread over
/// the Coordinators, and over those that are left when one is lost.
/// </summary>
internal sealed class CoordinatorAddresses
{
    /// <summary>How long a connection is tried while there are others: a machine that is gone does not refuse.</summary>
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(2);

    private readonly Uri[] _all;
    private int _current;

    private CoordinatorAddresses(Uri[] all)
    {
        First = all[0];
        Authority = string.Join(", ", all.Select(a => a.Authority));
        _all = all;
        RandomNumberGenerator.Shuffle<Uri>(_all);
    }

    /// <summary>The first address that was given.</summary>
    public Uri First { get; }

    /// <summary>All addresses, for messages.</summary>
    public string Authority { get; }

    /// <summary>Reads addresses with commas between them, each as <see cref="CoordinatorAddress.TryParse"/> reads it.</summary>
    public static bool TryParse(string? text, [NotNullWhen(true)] out CoordinatorAddresses? addresses)
    {
        var all = new List<Uri>();
        foreach (string part in (text ?? string.Empty).Split(',', StringSplitOptions.TrimEntries))
        {
            if (!CoordinatorAddress.TryParse(part, out Uri? address))
            {
                addresses = null;
                return false;
            }

            all.Add(address);
        }

        addresses = new CoordinatorAddresses([.. all]);
        return true;
    }

    /// <summary>The next connection goes to another address: the Coordinator there answers, but cannot do what it is asked for.</summary>
    public void MoveOn() => Interlocked.Increment(ref _current);

    /// <summary>Connects to an address that accepts, beginning with the one that did so last; a name may have several addresses.</summary>
    /// <exception cref="SocketException">No address accepts.</exception>
    public async Task<Socket> ConnectAsync(CancellationToken cancellationToken)
    {
        SocketException? failure = null;
        int start = Volatile.Read(ref _current);
        for (int i = 0; i < _all.Length; i++)
        {
            Uri address = _all[(uint)(start + i) % (uint)_all.Length];
            try
            {
                Socket socket = await ConnectAsync(address, cancellationToken).ConfigureAwait(false);
                Interlocked.CompareExchange(ref _current, start + i, start);
                return socket;
            }
            catch (SocketException exception)
            {
                failure = exception;
            }
        }

        throw failure!;
    }

    private async Task<Socket> ConnectAsync(Uri address, CancellationToken cancellationToken)
    {
        IPAddress[] found = await Dns.GetHostAddressesAsync(address.DnsSafeHost, cancellationToken).ConfigureAwait(false);
        SocketException failure = new((int)SocketError.HostNotFound);
        foreach (IPAddress candidate in found)
        {
            var socket = new Socket(candidate.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            if (found.Length > 1 || _all.Length > 1)
            {
                limit.CancelAfter(s_limit);
            }

            try
            {
                await socket.ConnectAsync(candidate, address.Port, limit.Token).ConfigureAwait(false);
                return socket;
            }
            catch (SocketException exception)
            {
                socket.Dispose();
                failure = exception;
            }
            catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
            {
                socket.Dispose();
                failure = new SocketException((int)SocketError.TimedOut);
            }
            catch
            {
                socket.Dispose();
                throw;
            }
        }

        throw failure;
    }
}
