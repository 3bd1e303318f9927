using System.Buffers;
using System.Text;
using MarbleRun.Coordinator.Templates.Parsing;

namespace MarbleRun.Coordinator.Templates.Execution;

/// <summary>One run of a template: evaluates the actions and writes their results. What comes out of a secret is never looked at again.</summary>
internal sealed class TemplateExecution(TemplateText text, TemplateFunctions functions, TemplateData data, IBufferWriter<byte> output, int maxOutput)
{
    private static readonly byte[] s_noValue = "<no value>"u8.ToArray();

    private readonly RootValue _root = new(data);
    private int _written;

    public void Run(TemplateNode node)
    {
        ReadOnlySpan<byte> bytes = node is LiteralNode literal
            ? text.Bytes.Slice(literal.Position, literal.Length)
            : Printed(node, Evaluate(node)).Span;
        if (bytes.Length > maxOutput - _written)
        {
            throw text.ExecutionError(node.Position, node.ToString(), $"the result is longer than {maxOutput} bytes");
        }

        output.Write(bytes);
        _written += bytes.Length;
    }

    private ReadOnlyMemory<byte> Printed(TemplateNode node, TemplateValue value) => value switch
    {
        TextValue written => written.Utf8,
        MissingValue => s_noValue,
        _ => throw text.ExecutionError(node.Position, node.ToString(), $"a value of type {value.TypeName} needs one of the functions {functions.Names}"),
    };

    private TemplateValue Evaluate(TemplateNode node) => node switch
    {
        PipeNode pipe => EvaluatePipe(pipe),
        PathNode path => Walk(path, _root, path.Fields),
        ChainNode chain => Walk(chain, EvaluatePipe(chain.Start), chain.Fields),
        IndexNode index => ((SecretsValue)Evaluate(index.Map)).Index(Encoding.UTF8.GetString(index.Key.Value)),
        StringNode literal => new TextValue(literal.Value),
        FunctionNode function => throw WrongCount(function, 0),
        _ => throw new InvalidOperationException($"{node.GetType().Name} has no value."),
    };

    private TemplateValue EvaluatePipe(PipeNode pipe)
    {
        TemplateValue? result = null;
        foreach (CommandNode command in pipe.Commands)
        {
            result = EvaluateCommand(command, result);
        }

        return result ?? throw new InvalidOperationException("The parser makes no pipe without commands.");
    }

    private TemplateValue EvaluateCommand(CommandNode command, TemplateValue? previous)
    {
        if (command.Operands[0] is not FunctionNode function)
        {
            return Evaluate(command.Operands[0]);
        }

        int count = command.Operands.Count - 1 + (previous is null ? 0 : 1);
        if (count != 1)
        {
            throw WrongCount(function, count);
        }

        string? fault = functions[function.Name](previous ?? Evaluate(command.Operands[1]), out ReadOnlyMemory<byte> result);
        return fault is null
            ? new TextValue(result)
            : throw text.ExecutionError(command.Position, command.ToString(), $"error calling {function.Name}: {fault}");
    }

    private TemplateValue Walk(TemplateNode node, TemplateValue value, IReadOnlyList<string> fields)
    {
        foreach (string field in fields)
        {
            value = value.Field(field)
                ?? throw text.ExecutionError(node.Position, node.ToString(), $"can't evaluate field {field} in type {value.TypeName}");
        }

        return value;
    }

    private TemplateException WrongCount(FunctionNode function, int count) =>
        text.ExecutionError(function.Position, function.Name, $"wrong number of args for {function.Name}: want 1 got {count}");
}
