namespace MarbleRun.Coordinator.Http;

/// <summary>The three kinds of answer of JSend.</summary>
internal enum JSendStatus
{
    /// <summary>An error; <c>text/plain</c> on the wire, as in MarbleRun 1.9.</summary>
    Error = 0,

    /// <summary>The caller's input or identity was wrong; only the second generation of the API uses it.</summary>
    Fail,

    /// <summary>Success.</summary>
    Success,
}
