namespace MarbleRun.Coordinator.Http;

/// <summary>The three kinds of answer of JSend.</summary>
internal enum JSendStatus
{
    /// <summary>Something went wrong; <c>text/plain</c> on the wire, as MarbleRun 1.9 has it.</summary>
    Error = 0,

    /// <summary>The caller's input or identity was wrong; only the second generation of the API makes the difference.</summary>
    Fail,

    /// <summary>It worked.</summary>
    Success,
}
