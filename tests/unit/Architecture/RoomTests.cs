using Mono.Cecil;

namespace KmsPS.Tests.Architecture;

/// <summary>The edges between rooms found in the compiled engine are those of the table, and the table has no circle.</summary>
public sealed class RoomTests
{
    [Fact]
    public void Every_room_uses_only_rooms_above_it_in_the_table()
    {
        List<string> above = [];
        List<string> violations = [];
        foreach (Room room in Rooms.Table)
        {
            violations.AddRange(room.MayUse.Select(static use => use.Split(':')[0])
                .Where(use => !above.Contains(use))
                .Select(use => $"{room.Name} may use {use}, which stands below it or nowhere"));
            above.Add(room.Name);
        }

        Verdict.None(violations, "order the rows of Rooms.Table so that each uses only rows above it; if that cannot be done there is a circle.");
    }

    [Fact]
    public void The_compiled_engine_has_no_edge_that_the_table_has_not()
    {
        using Built engine = Built.Engine();
        Verdict.None(
            from type in engine.Types()
            let here = Built.NamespaceOf(type)
            from used in TypeUse.Of(type)
            let to = Rooms.Of(Built.NamespaceOf(used))
            where to is not null && !Rooms.Allows(here, to)
            select $"{here}: {Built.Outermost(type).Name} uses {Built.NamespaceOf(used)}.{Built.Outermost(used).Name}",
            "move the type to the room it belongs to (nouns and verbs to Keys), or pass a value or delegate in; only when the design truly changes, change Rooms.Table.");
    }

    [Fact]
    public void Every_namespace_of_the_engine_is_a_row_of_the_table()
    {
        using Built engine = Built.Engine();
        HashSet<string> known = [.. Rooms.Table.Select(static room => room.Name)];
        Verdict.None(
            engine.Types().Select(static type => Rooms.Of(Built.NamespaceOf(type))).OfType<string>().Where(room => !known.Contains(room)),
            "add the room to Rooms.Table and to docs/02-architecture.md.");
    }

    [Fact]
    public void Decisions_are_pure()
    {
        using Built engine = Built.Engine();
        string[] pure = ["AclSnapshot", "AccessList", "AccessDecision", "AccessRequest", "AclRule", "AccessDeniedException"];
        string[] outside = ["System.IO", "System.Net", "System.Threading"];
        Verdict.None(
            from type in engine.Types()
            where Built.NamespaceOf(type) == "KmsPS.Engine.Acl" && pure.Contains(Built.Outermost(type).Name)
            from used in TypeUse.Of(type)
            where outside.Any(each => used.Namespace.StartsWith(each, StringComparison.Ordinal))
            select $"{Built.Outermost(type).Name} uses {used.FullName}",
            "a decision is a function of the snapshot and the request; files, sockets and tasks belong to the source of the rules.");
    }

    [Fact]
    public void The_scan_sees_the_edges_that_are_known_to_be_there()
    {
        using Built engine = Built.Engine();
        TypeDefinition pipeline = engine.Types().Single(static type => type.Name == "OperationPipeline");
        IEnumerable<TypeDefinition> family = engine.Types().Where(type => Built.Outermost(type) == pipeline);
        HashSet<string?> rooms = [.. family.SelectMany(TypeUse.Of).Select(static used => Rooms.Of(Built.NamespaceOf(used)))];
        Assert.Superset(new HashSet<string?> { "Acl", "Audit", "Identity", "Keys", "Providers", "Wire" }, rooms);
    }
}
