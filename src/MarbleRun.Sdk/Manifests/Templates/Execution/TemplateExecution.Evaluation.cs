using MarbleRun.Manifests.Templates.Functions;
using MarbleRun.Manifests.Templates.Parsing;

namespace MarbleRun.Manifests.Templates.Execution;

/// <summary>Pipes, commands and operands.</summary>
internal sealed partial class TemplateExecution
{
    private TemplateValue Evaluate(PipeNode pipe, TemplateValue dot)
    {
        TemplateValue? result = null;
        foreach (CommandNode command in pipe.Commands)
        {
            result = Evaluate(command, dot, result);
        }

        TemplateValue value = result ?? throw new InvalidOperationException("The parser creates no pipe without commands.");
        foreach (string variable in pipe.Variables)
        {
            if (pipe.Assigns)
            {
                Assign(pipe, variable, value);
            }
            else
            {
                _variables.Add((variable, value));
            }
        }

        return value;
    }

    private TemplateValue Evaluate(CommandNode command, TemplateValue dot, TemplateValue? previous) =>
        command.Operands[0] is FunctionNode function ? Call(command, function, dot, previous) : Evaluate(command.Operands[0], dot);

    private TemplateValue Call(CommandNode command, FunctionNode node, TemplateValue dot, TemplateValue? previous)
    {
        TemplateFunction function = _functions[node.Name];
        int count = command.Operands.Count - 1 + (previous is null ? 0 : 1);
        if (function.FaultOf(node.Name, count) is { } fault)
        {
            throw _text.ExecutionError(node.Position, node.Name, fault);
        }

        if (node.Name is TemplateWords.And or TemplateWords.Or)
        {
            return Decide(command, stopsAt: node.Name == TemplateWords.Or, dot, previous);
        }

        var arguments = new TemplateValue[count];
        long size = 0;
        for (int i = 0; i < count; i++)
        {
            arguments[i] = i + 1 < command.Operands.Count ? Evaluate(command.Operands[i + 1], dot) : previous!;
            size += arguments[i].Size;
        }

        Spend(command, size / BytesPerStep);
        FunctionResult result = function.Call(arguments);
        if (result.Fault is not null)
        {
            throw _text.ExecutionError(command.Position, command.ToString(), $"error calling {node.Name}: {result.Fault}", result.Kind);
        }

        if (!result.Scratch.IsEmpty)
        {
            _scratch.Add(result.Scratch);
            Spend(command, result.Scratch.Length / BytesPerStep);
        }

        return result.Value!;
    }

    /// <summary>
    /// <c>and</c> returns its first false argument, <c>or</c> its first true one, both their last if no argument decides; the arguments
    /// after it are not evaluated.
    /// </summary>
    private TemplateValue Decide(CommandNode command, bool stopsAt, TemplateValue dot, TemplateValue? previous)
    {
        TemplateValue? value = null;
        foreach (TemplateNode operand in command.Operands.Skip(1))
        {
            value = Evaluate(operand, dot);
            if (value.IsTrue == stopsAt)
            {
                return value;
            }
        }

        return previous ?? value!;
    }

    private TemplateValue Evaluate(TemplateNode node, TemplateValue dot)
    {
        Visit(node);
        return node switch
        {
            PipeNode pipe => Evaluate(pipe, dot),
            DotNode => dot,
            PathNode path => Walk(path, dot, path.Fields),
            VariableNode variable => Walk(variable, Find(variable), variable.Fields),
            ChainNode chain => Walk(chain, Evaluate(chain.Start, dot), chain.Fields),
            StringNode literal => new TextValue(literal.Value),
            FormatNode format => new FormatValue(format.Format),
            NumberNode number => new IntegerValue(number.Value),
            BooleanNode boolean => new BooleanValue(boolean.Value),
            NilNode => MissingValue.Instance,
            FunctionNode function => Call(new CommandNode(function.Position, [function]), function, dot, null),
            _ => throw new InvalidOperationException($"{node.GetType().Name} has no value."),
        };
    }

    private TemplateValue Walk(TemplateNode node, TemplateValue value, IReadOnlyList<string> fields)
    {
        foreach (string field in fields)
        {
            value = value.Field(field)
                ?? throw _text.ExecutionError(node.Position, node.ToString(), $"can't evaluate field {field} in type {value.TypeName}");
        }

        return value;
    }

    /// <summary>A variable of a branch that was not taken does not exist, which the parser cannot detect.</summary>
    private TemplateValue Find(VariableNode variable)
    {
        int index = _variables.FindLastIndex(v => v.Name == variable.Name);
        return index >= 0
            ? _variables[index].Value
            : throw _text.ExecutionError(variable.Position, variable.ToString(), $"undefined variable: {variable.Name}");
    }

    private void Assign(PipeNode pipe, string name, TemplateValue value)
    {
        int index = _variables.FindLastIndex(v => v.Name == name);
        _variables[index >= 0
            ? index
            : throw _text.ExecutionError(pipe.Position, pipe.ToString(), $"undefined variable: {name}")] = (name, value);
    }
}
