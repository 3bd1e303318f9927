using System.Buffers;
using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace MarbleRun.Coordinator.Kubernetes.Api;

/// <summary>
/// Single requests to the API server, over HTTP/1.1: a connection that is lost is lost for one request only, and a watch holds up no other
/// request.
/// </summary>
internal sealed class ApiServer : IDisposable
{
    /// <summary>An object of 1 MiB in base64, with its metadata; a page of metadata is smaller.</summary>
    private const int MaxAnswer = 8 * 1024 * 1024;

    private const int MaxDetail = 500;

    /// <summary>RFC 6750, section 2.1.</summary>
    private static readonly SearchValues<char> s_token =
        SearchValues.Create("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~+/=");

    private readonly HttpClient _client;
    private readonly string _tokenFile;

    /// <param name="handler">Disposed of with this.</param>
    /// <param name="address">What paths are relative to.</param>
    /// <param name="tokenFile">Empty for none.</param>
    public ApiServer(HttpMessageHandler handler, Uri address, string tokenFile)
    {
        _tokenFile = tokenFile;
        _client = new HttpClient(handler)
        {
            BaseAddress = address,
            DefaultRequestVersion = HttpVersion.Version11,
            MaxResponseContentBufferSize = MaxAnswer,
            Timeout = Timeout.InfiniteTimeSpan,
        };
        _client.DefaultRequestHeaders.UserAgent.Add(new ProductInfoHeaderValue("marblerun-coordinator", null));
    }

    /// <summary>Sends a request once, and once more if the token was replaced meanwhile.</summary>
    /// <exception cref="ApiException">The request failed, or was not answered before the limit.</exception>
    public async Task<T> SendAsync<T>(ApiRequest request, JsonTypeInfo<T> type, CancellationToken limit)
    {
        try
        {
            using HttpResponseMessage response =
                await SendAsync(request, HttpCompletionOption.ResponseContentRead, limit).ConfigureAwait(false);
            byte[] content = await response.Content.ReadAsByteArrayAsync(limit).ConfigureAwait(false);
            return JsonSerializer.Deserialize(content, type) ?? throw new JsonException("The answer is empty.");
        }
        catch (Exception exception) when (Translate(exception) is { } translated)
        {
            throw translated;
        }
    }

    /// <summary>Begins a request whose answer does not end; the caller disposes of it.</summary>
    /// <exception cref="ApiException">The request failed, or was not answered before the limit.</exception>
    public async Task<HttpResponseMessage> OpenAsync(ApiRequest request, CancellationToken limit)
    {
        try
        {
            return await SendAsync(request, HttpCompletionOption.ResponseHeadersRead, limit).ConfigureAwait(false);
        }
        catch (Exception exception) when (Translate(exception) is { } translated)
        {
            throw translated;
        }
    }

    public void Dispose() => _client.Dispose();

    /// <summary>Null for what is not a failure of the server, the network or the time limit.</summary>
    public static ApiException? Translate(Exception exception) => exception switch
    {
        ApiException known => known,
        OperationCanceledException => new ApiException("It did not answer in time.", exception),
        JsonException => new ApiException("The answer is not that of a Kubernetes API server.", exception),

        // Nothing was sent without a connection.
        HttpRequestException http => new ApiException(DetailOf(http), exception)
        {
            IsRefusal = http.HttpRequestError is HttpRequestError.NameResolutionError or HttpRequestError.ConnectionError
                or HttpRequestError.SecureConnectionError,
        },
        IOException => new ApiException(exception.Message, exception),
        _ => null,
    };

    private static string DetailOf(HttpRequestException exception) =>
        exception.InnerException is { } cause && !exception.Message.Contains(cause.Message, StringComparison.Ordinal)
            ? $"{exception.Message} {cause.Message}"
            : exception.Message;

    private static HttpRequestMessage Create(ApiRequest request, string? token)
    {
        var message = new HttpRequestMessage(request.Method, new Uri(request.Path, UriKind.Relative));
        message.Headers.TryAddWithoutValidation("Accept", request.Accept);
        if (token is not null)
        {
            message.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        }

        if (request.Body is { } body)
        {
            message.Content = new ReadOnlyMemoryContent(body);
            message.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        }

        return message;
    }

    private async Task<HttpResponseMessage> SendAsync(ApiRequest request, HttpCompletionOption completion, CancellationToken limit)
    {
        string? token = await ReadTokenAsync(limit).ConfigureAwait(false);
        while (true)
        {
            using HttpRequestMessage message = Create(request, token);
            HttpResponseMessage response = await _client.SendAsync(message, completion, limit).ConfigureAwait(false);
            if (response.IsSuccessStatusCode)
            {
                return response;
            }

            using (response)
            {
                if (response.StatusCode == HttpStatusCode.Unauthorized
                    && token != (token = await ReadTokenAsync(limit).ConfigureAwait(false)))
                {
                    continue;
                }

                throw await ReadFailureAsync(response, limit).ConfigureAwait(false);
            }
        }
    }

    private static async Task<ApiException> ReadFailureAsync(HttpResponseMessage response, CancellationToken limit)
    {
        await response.Content.LoadIntoBufferAsync(MaxAnswer, limit).ConfigureAwait(false);
        Status? status = null;
        try
        {
            status = JsonSerializer.Deserialize(
                await response.Content.ReadAsByteArrayAsync(limit).ConfigureAwait(false), ApiJson.Default.Status);
        }
        catch (JsonException)
        {
            // Something between here and the server answers. Its text may be long, and says less than its code.
        }

        return Failure(response.StatusCode, status, response.Headers.RetryAfter?.Delta);
    }

    /// <summary>What a <c>Status</c> says, in an answer or in the <c>ERROR</c> of a watch.</summary>
    public static ApiException Failure(HttpStatusCode code, Status? status, TimeSpan? retryAfter = null)
    {
        string text = status?.Message is { Length: > 0 } given ? given : $"HTTP status {(int)code}";
        text = new string([.. text.Take(MaxDetail).Select(c => char.IsControl(c) ? ' ' : c)]);
        string reason = status?.Reason is { Length: > 0 and < 64 } word && word.All(char.IsAsciiLetterOrDigit) ? word : string.Empty;
        var result = new ApiException(
            string.Create(CultureInfo.InvariantCulture, $"{text} ({(int)code} {(reason.Length > 0 ? reason : code)})."))
        {
            Code = code,
            Reason = reason,
            Kind = status?.Details?.Kind ?? string.Empty,
            RetryAfter = retryAfter ?? (status?.Details is { RetryAfterSeconds: > 0 and < 3600 } details
                ? TimeSpan.FromSeconds(details.RetryAfterSeconds)
                : null),
            IsRefusal = (int)code < 500 && code != HttpStatusCode.RequestTimeout,
        };

        // etcd's limit of a request, which the API server passes on as a failure of its own.
        return result is { IsRefusal: false, IsTooLarge: true }
            ? new ApiException(result.Message) { Code = code, Reason = reason, IsRefusal = true }
            : result;
    }

    private async Task<string?> ReadTokenAsync(CancellationToken limit)
    {
        if (_tokenFile.Length == 0)
        {
            return null;
        }

        string token;
        try
        {
            token = (await File.ReadAllTextAsync(_tokenFile, limit).ConfigureAwait(false)).Trim();
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new ApiException($"The token cannot be read: {exception.Message}", exception)
            {
                Code = HttpStatusCode.Unauthorized,
                IsRefusal = true,
            };
        }

        // A header refuses other characters with a message that contains them.
        return token.Length > 0 && !token.AsSpan().ContainsAnyExcept(s_token) ? token : throw new ApiException(
            "The file of the token does not hold one bearer token.")
        {
            Code = HttpStatusCode.Unauthorized,
            IsRefusal = true,
        };
    }
}
