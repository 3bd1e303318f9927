namespace MarbleRun.Coordinator.Templates.Execution;

/// <summary>Turns a value into what an action writes.</summary>
/// <param name="argument">The value.</param>
/// <param name="result">The bytes.</param>
/// <returns>Why the argument is refused, or null.</returns>
internal delegate string? TemplateFunction(TemplateValue argument, out ReadOnlyMemory<byte> result);
