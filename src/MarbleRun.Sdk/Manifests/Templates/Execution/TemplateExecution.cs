using System.Buffers;
using System.Security.Cryptography;
using MarbleRun.Manifests.Templates.Formatting;
using MarbleRun.Manifests.Templates.Functions;
using MarbleRun.Manifests.Templates.Parsing;

namespace MarbleRun.Manifests.Templates.Execution;

/// <summary>
/// One run of a template: evaluates the actions and writes their results. The value of a secret is never parsed as a template.
/// </summary>
internal sealed partial class TemplateExecution : IDisposable
{
    private const int BytesPerStep = 8;

    private readonly TemplateText _text;
    private readonly TemplateFunctions _functions;
    private readonly TemplateLimits _limits;
    private readonly TemplateBudget _budget;
    private readonly TemplateBudget? _shared;
    private readonly IBufferWriter<byte> _output;
    private readonly List<(string Name, TemplateValue Value)> _variables;
    private readonly List<Memory<byte>> _scratch = [];
    private int _written;

    public TemplateExecution(
        TemplateText text,
        TemplateFunctions functions,
        TemplateLimits limits,
        TemplateData data,
        IBufferWriter<byte> output,
        TemplateBudget? shared)
    {
        (_text, _functions, _limits, _output, _shared) = (text, functions, limits, output, shared);
        _budget = new TemplateBudget(limits.MaxSteps);
        _variables = [("$", new RootValue(data))];
    }

    /// <summary>Runs the nodes of a whole template.</summary>
    public void Run(IReadOnlyList<TemplateNode> nodes) => _ = Run(nodes, _variables[0].Value);

    /// <summary>Clears the intermediate results of functions.</summary>
    public void Dispose()
    {
        foreach (Memory<byte> made in _scratch)
        {
            CryptographicOperations.ZeroMemory(made.Span);
        }
    }

    private Flow Run(IReadOnlyList<TemplateNode> nodes, TemplateValue dot)
    {
        foreach (TemplateNode node in nodes)
        {
            Visit(node);
            Flow flow = Flow.Next;
            switch (node)
            {
                case LiteralNode literal:
                    Write(literal, _text.Bytes.Slice(literal.Position, literal.Length));
                    break;

                case BlockNode block:
                    flow = Run(block, dot);
                    break;

                case JumpNode jump:
                    flow = jump.Breaks ? Flow.Break : Flow.Continue;
                    break;

                case PipeNode pipe:
                    TemplateValue value = Evaluate(pipe, dot);
                    if (pipe.Variables.Count == 0)
                    {
                        Print(pipe, value);
                    }

                    break;
            }

            if (flow != Flow.Next)
            {
                return flow;
            }
        }

        return Flow.Next;
    }

    private Flow Run(BlockNode block, TemplateValue dot)
    {
        // Variables of a block, including those of its head, end with it.
        int scope = _variables.Count;
        TemplateValue value = Evaluate(block.Pipe, dot);
        Flow flow = block.Kind == BlockKind.Range
            ? Loop(block, value, dot)
            : value.IsTrue ? Run(block.Body, block.Kind == BlockKind.With ? value : dot) : Run(block.Else, dot);
        _variables.RemoveRange(scope, _variables.Count - scope);
        return flow;
    }

    private Flow Loop(BlockNode block, TemplateValue value, TemplateValue dot)
    {
        bool isEmpty = true;
        int scope = _variables.Count;
        foreach ((TemplateValue index, TemplateValue element) in Elements(block, value))
        {
            isEmpty = false;
            Visit(block);
            SetLoopVariables(block.Pipe, scope, index, element);
            Flow flow = Run(block.Body, element);
            _variables.RemoveRange(scope, _variables.Count - scope);
            if (flow == Flow.Break)
            {
                break;
            }
        }

        // A break in the else of an empty loop ends that loop; continue starts the next iteration of the enclosing loop.
        return isEmpty && Run(block.Else, dot) == Flow.Continue ? Flow.Continue : Flow.Next;
    }

    private IEnumerable<(TemplateValue Index, TemplateValue Element)> Elements(BlockNode block, TemplateValue value)
    {
        switch (value)
        {
            case MissingValue:
                return [];

            case SecretsValue secrets:
                // All names are sorted before the first iteration, however early the loop ends.
                Spend(block, value.Length ?? 0);
                return secrets.Names().Select(name => ((TemplateValue)name, (TemplateValue)secrets.Index(name)));

            case KeyValue key:
                return Enumerable.Range(0, key.Bytes.Length)
                    .Select(i => ((TemplateValue)new IntegerValue(i), (TemplateValue)new IntegerValue(key.Bytes.Span[i], "uint8")));

            default:
                throw _text.ExecutionError(
                    block.Pipe.Position, block.Pipe.ToString(), $"range can't iterate over a value of type {value.TypeName}");
        }
    }

    /// <summary>With two variables the index comes first; a single variable is the element.</summary>
    private void SetLoopVariables(PipeNode pipe, int scope, TemplateValue index, TemplateValue element)
    {
        TemplateValue[] values = pipe.Variables.Count == 2 ? [index, element] : [element];
        for (int i = 0; i < pipe.Variables.Count; i++)
        {
            if (pipe.Assigns)
            {
                Assign(pipe, pipe.Variables[i], values[i]);
            }
            else
            {
                _variables[scope - pipe.Variables.Count + i] = (pipe.Variables[i], values[i]);
            }
        }
    }

    private void Print(PipeNode pipe, TemplateValue value)
    {
        if (value is TextValue text)
        {
            Write(pipe, text.Utf8.Span);
            return;
        }

        using var printed = new ClearingBufferWriter();
        Spend(pipe, value.Size);
        if (value is MissingValue)
        {
            printed.Write("<no value>"u8);
        }
        else if (!ValueWriter.TryWrite(value, printed))
        {
            throw _text.ExecutionError(
                pipe.Position, pipe.ToString(), $"a value of type {value.TypeName} needs one of the functions {_functions.Encoders}");
        }

        Write(pipe, printed.Written.Span);
    }

    private void Write(TemplateNode node, ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length > _limits.MaxOutput - _written)
        {
            throw _text.ExecutionError(node.Position, node.ToString(), $"the result is longer than {_limits.MaxOutput} bytes");
        }

        _output.Write(bytes);
        _written += bytes.Length;
    }

    private void Visit(TemplateNode node) => ThrowIfSpent(node, _budget.TryVisit(), _shared?.TryVisit() != false);

    private void Spend(TemplateNode node, long steps) =>
        ThrowIfSpent(node, _budget.TrySpend(steps), _shared?.TrySpend(steps) != false);

    private void ThrowIfSpent(TemplateNode node, bool isWithinOwn, bool isWithinShared)
    {
        if (!isWithinOwn)
        {
            throw _text.ExecutionError(node.Position, node.ToString(), $"the template takes more than {_limits.MaxSteps} steps");
        }

        if (!isWithinShared)
        {
            throw _text.ExecutionError(node.Position, node.ToString(), "the templates take too many steps together");
        }
    }

    private enum Flow
    {
        Next,
        Break,
        Continue,
    }
}
