namespace MarbleRun.Manifests.Templates.Parsing;

/// <summary>Parses the inside of actions: variables, pipes and commands.</summary>
internal sealed partial class TemplateParser
{
    private const string RootVariable = "$";
    private const string Range = "range";

    /// <summary>Parses a pipe up to the end of the action.</summary>
    private PipeNode ParseWholePipe(TemplateLexer lexer, string context)
    {
        (IReadOnlyList<string> names, bool assigns) = ParseVariables(ref lexer, context);
        PipeNode pipe = ParsePipe(ref lexer, context, 0, out TemplateToken end);
        if (end.Kind != TemplateTokenKind.ActionEnd)
        {
            throw _text.ActionError(end.Start, lexer.Action, "unexpected right paren");
        }

        GoOnBehind(end);
        return pipe with { Variables = names, Assigns = assigns };
    }

    /// <summary>
    /// Parses <c>$x :=</c>, <c>$x =</c> and, for <c>range</c>, <c>$x, $y :=</c>; returns nothing if the action does not begin with one of
    /// them.
    /// </summary>
    private (IReadOnlyList<string> Names, bool Assigns) ParseVariables(ref TemplateLexer lexer, string context)
    {
        TemplateLexer ahead = lexer;
        TemplateToken variable = ahead.NextOperand();
        if (variable.Kind != TemplateTokenKind.Variable
            || ahead.Peek().Kind is not (TemplateTokenKind.Comma or TemplateTokenKind.Declare or TemplateTokenKind.Assign))
        {
            return ([], false);
        }

        lexer = ahead;
        var names = new List<string>();
        while (true)
        {
            names.Add(Show(variable));
            TemplateToken next = lexer.NextOperand();
            if (next.Kind is TemplateTokenKind.Declare or TemplateTokenKind.Assign)
            {
                Declare(names, next.Kind == TemplateTokenKind.Assign, variable.Start, lexer.Action);
                return (names, next.Kind == TemplateTokenKind.Assign);
            }

            if (next.Kind != TemplateTokenKind.Comma)
            {
                throw _text.ActionError(next.Start, lexer.Action, $"unexpected {Show(next)} in {context}");
            }

            if (context != Range || names.Count == 2)
            {
                throw _text.ActionError(next.Start, lexer.Action, $"too many declarations in {context}");
            }

            variable = lexer.NextOperand();
            if (variable.Kind != TemplateTokenKind.Variable)
            {
                throw _text.ActionError(variable.Start, lexer.Action, "range can only initialize variables");
            }
        }
    }

    /// <summary>Adds the names to the scope. A variable that a branch assigns may be missing when the template runs.</summary>
    private void Declare(List<string> names, bool assigns, int position, int action)
    {
        if (names.Contains(RootVariable))
        {
            throw _text.ActionError(position, action, "the variable $ is always the data; choose another name");
        }

        _variables.AddRange(names.Where(name => !assigns || !_variables.Contains(name)).ToList());
        if (_variables.Count > _limits.MaxVariables)
        {
            throw _text.ActionError(position, action, $"more than {_limits.MaxVariables} variables");
        }
    }

    /// <summary>Parses commands up to the token that closes them.</summary>
    private PipeNode ParsePipe(ref TemplateLexer lexer, string context, int depth, out TemplateToken end)
    {
        if (depth > _limits.MaxDepth)
        {
            throw _text.ActionError(lexer.Position, lexer.Action, $"more than {_limits.MaxDepth} parentheses inside each other");
        }

        int start = SkipBlanks(ref lexer);
        var commands = new List<CommandNode>();
        do
        {
            if (commands.Count == _limits.MaxOperands)
            {
                throw _text.ActionError(lexer.Position, lexer.Action, $"more than {_limits.MaxOperands} commands in one pipe");
            }

            commands.Add(ParseCommand(ref lexer, commands.Count == 0 ? context : "command", depth, isPiped: commands.Count > 0, out end));
        }
        while (end.Kind == TemplateTokenKind.Pipe);

        if (depth > 0 && end.Kind == TemplateTokenKind.ActionEnd)
        {
            throw _text.ActionError(end.Start, lexer.Action, "unclosed left paren");
        }

        for (int i = 1; i < commands.Count; i++)
        {
            if (commands[i].Operands[0] is not FunctionNode)
            {
                throw _text.ActionError(commands[i].Position, lexer.Action, $"non executable command in pipeline stage {i + 1}");
            }
        }

        return new PipeNode(start, commands, [], Assigns: false);
    }

    private CommandNode ParseCommand(ref TemplateLexer lexer, string context, int depth, bool isPiped, out TemplateToken end)
    {
        int start = SkipBlanks(ref lexer);
        var operands = new List<TemplateNode>();
        bool separated = true;
        while (true)
        {
            end = lexer.Next();
            if (end.Kind == TemplateTokenKind.Blank)
            {
                separated = true;
                continue;
            }

            if (end.Kind != TemplateTokenKind.ActionEnd)
            {
                Spend(end.End - end.Start, end.Start);
            }

            switch (end.Kind)
            {
                case TemplateTokenKind.ActionEnd or TemplateTokenKind.Pipe or TemplateTokenKind.RightParenthesis:
                    return operands.Count > 0
                        ? Checked(new CommandNode(start, operands), isPiped, lexer.Action)
                        : throw _text.ActionError(end.Start, lexer.Action, $"missing value for {context}");

                case TemplateTokenKind.Field when !separated:
                    operands[^1] = Extend(operands[^1], end, lexer.Action);
                    continue;

                default:
                    if (!separated)
                    {
                        throw _text.ActionError(end.Start, lexer.Action, $"unexpected {Show(end)} in operand");
                    }

                    if (operands.Count > _limits.MaxOperands)
                    {
                        throw _text.ActionError(end.Start, lexer.Action, $"more than {_limits.MaxOperands} operands in one command");
                    }

                    operands.Add(ParseOperand(ref lexer, end, depth));
                    separated = false;
                    continue;
            }
        }
    }

    /// <summary>Only functions take arguments, and the format of <c>printf</c> is known before the template runs.</summary>
    private CommandNode Checked(CommandNode command, bool isPiped, int action)
    {
        switch (command.Operands)
        {
            case [FunctionNode { Name: TemplateWords.Printf }, ..]:
                return WithFormat(command, command.Operands.Count - 2 + (isPiped ? 1 : 0), action);

            case [NilNode nil]:
                throw _text.ActionError(nil.Position, action, "nil is not a command");

            case [FunctionNode, ..] or [_]:
                return command;

            default:
                throw _text.ActionError(
                    command.Position,
                    action,
                    $"can't give argument to non-function {new CommandNode(command.Position, [command.Operands[0]])}");
        }
    }

    private int SkipBlanks(ref TemplateLexer lexer)
    {
        while (lexer.Position < _text.Bytes.Length
            && TemplateLexer.IsBlank(_text.Bytes[lexer.Position])
            && TemplateLexer.ClosingLength(_text.Bytes[lexer.Position..]) == 0)
        {
            _ = lexer.Next();
        }

        return lexer.Position;
    }

    private string Show(TemplateToken token) => _text.Slice(token.Start, token.End);
}
