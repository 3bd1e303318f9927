using System.Text;

namespace MarbleRun.Coordinator.Templates.Parsing;

/// <summary>Finds the secrets that a template names.</summary>
internal static class ReferenceCollector
{
    public static TemplateReferences Collect(IEnumerable<TemplateNode> nodes)
    {
        var current = new List<string>();
        var previous = new List<string>();
        foreach (TemplateNode node in nodes)
        {
            Visit(node, current, previous);
        }

        return new TemplateReferences(TemplateReferences.Names(current), TemplateReferences.Names(previous));
    }

    private static void Visit(TemplateNode node, List<string> current, List<string> previous)
    {
        switch (node)
        {
            case PathNode { Fields: ["Secrets", var name, ..] }:
                current.Add(name);
                break;

            case PathNode { Fields: ["Previous", "Secrets", var name, ..] }:
                previous.Add(name);
                break;

            case IndexNode { Map.Fields.Count: 1 } index:
                current.Add(Encoding.UTF8.GetString(index.Key.Value));
                break;

            case IndexNode index:
                previous.Add(Encoding.UTF8.GetString(index.Key.Value));
                break;

            case ChainNode chain:
                Visit(chain.Start, current, previous);
                break;

            case PipeNode pipe:
                foreach (TemplateNode operand in pipe.Commands.SelectMany(command => command.Operands))
                {
                    Visit(operand, current, previous);
                }

                break;
        }
    }
}
