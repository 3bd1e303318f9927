using System.Text;

namespace MarbleRun.Manifests.Templates.Parsing;

/// <summary>
/// Finds the secrets that a template can reach, and whether it can reach the Marble's identity. A named secret is found by its name; if the
/// template uses all secrets together (a loop, a variable, a function, a condition on their number), every secret counts.
/// </summary>
internal sealed class ReferenceCollector
{
    private readonly List<string> _current = [];
    private readonly List<string> _previous = [];
    private bool _allCurrent;
    private bool _allPrevious;
    private bool _identity;

    public static TemplateReferences Collect(IEnumerable<TemplateNode> nodes)
    {
        var collector = new ReferenceCollector();
        collector.Visit(nodes, Reach.Root);
        return new TemplateReferences(TemplateReferences.Names(collector._current), TemplateReferences.Names(collector._previous))
        {
            AllSecrets = collector._allCurrent,
            AllPreviousSecrets = collector._allPrevious,
            Identity = collector._identity,
        };
    }

    private void Visit(IEnumerable<TemplateNode> nodes, Reach dot)
    {
        foreach (TemplateNode node in nodes)
        {
            switch (node)
            {
                case PipeNode pipe:
                    Take(Visit(pipe, dot));
                    break;

                case BlockNode { Kind: BlockKind.With } with:
                    Reach inner = Visit(with.Pipe, dot);
                    TakeElements(inner);
                    Visit(with.Body, inner);
                    Visit(with.Else, dot);
                    break;

                case BlockNode { Kind: BlockKind.Range } range:
                    Take(Visit(range.Pipe, dot));
                    Visit(range.Body, Reach.Nothing);
                    Visit(range.Else, dot);
                    break;

                case BlockNode block:
                    TakeElements(Visit(block.Pipe, dot));
                    Visit(block.Body, dot);
                    Visit(block.Else, dot);
                    break;
            }
        }
    }

    private Reach Visit(PipeNode pipe, Reach dot)
    {
        Reach result = Reach.Nothing;
        bool isFirst = true;
        foreach (CommandNode command in pipe.Commands)
        {
            result = Visit(command, dot, result, isFirst);
            isFirst = false;
        }

        if (pipe.Variables.Count > 0)
        {
            Take(result);
        }

        return result;
    }

    private Reach Visit(CommandNode command, Reach dot, Reach piped, bool isFirst)
    {
        if (command.Operands[0] is not FunctionNode function)
        {
            return Visit(command.Operands[0], dot);
        }

        if (isFirst && function.Name == TemplateWords.Index && command.Operands is [_, var map, StringNode name])
        {
            Reach reach = Visit(map, dot);
            return reach is Reach.Secrets or Reach.PreviousSecrets ? Follow(reach, Encoding.UTF8.GetString(name.Value)) : TakeAll(reach);
        }

        Take(piped);
        foreach (TemplateNode argument in command.Operands.Skip(1))
        {
            Take(Visit(argument, dot));
        }

        return Reach.Nothing;
    }

    private Reach Visit(TemplateNode operand, Reach dot) => operand switch
    {
        DotNode => dot,
        PathNode path => path.Fields.Aggregate(dot, Follow),
        VariableNode { Name: "$" } root => root.Fields.Aggregate(Reach.Root, Follow),
        ChainNode chain => chain.Fields.Aggregate(Visit(chain.Start, dot), Follow),
        PipeNode pipe => Visit(pipe, dot),

        // The secrets in other variables were collected when the variables were set.
        _ => Reach.Nothing,
    };

    private Reach Follow(Reach reach, string field)
    {
        switch (reach, field)
        {
            case (Reach.Root, "Secrets"):
                return Reach.Secrets;

            case (Reach.Root, "Previous"):
                return Reach.Previous;

            case (Reach.Root, "MarbleRun"):
                return Reach.MarbleRun;

            case (Reach.MarbleRun, "MarbleCert"):
                _identity = true;
                return Reach.Nothing;

            case (Reach.Previous, "Secrets"):
                return Reach.PreviousSecrets;

            case (Reach.Secrets, _):
                _current.Add(field);
                return Reach.Nothing;

            case (Reach.PreviousSecrets, _):
                _previous.Add(field);
                return Reach.Nothing;

            default:
                return Reach.Nothing;
        }
    }

    private Reach TakeAll(Reach reach)
    {
        Take(reach);
        return Reach.Nothing;
    }

    private void TakeElements(Reach reach) => Take(reach is Reach.Secrets or Reach.PreviousSecrets ? reach : Reach.Nothing);

    private void Take(Reach reach)
    {
        _allCurrent |= reach is Reach.Root or Reach.Secrets;
        _allPrevious |= reach is Reach.Root or Reach.Previous or Reach.PreviousSecrets;
        _identity |= reach is Reach.Root or Reach.MarbleRun;
    }

    /// <summary>The secrets that a value can reach.</summary>
    private enum Reach
    {
        /// <summary>No further secret.</summary>
        Nothing,
        Root,
        Previous,
        MarbleRun,
        Secrets,
        PreviousSecrets,
    }
}
