using System.Text.RegularExpressions;

namespace Gateway.Tests;

/// <summary>The house rules that a compiler does not know. Each failure lists every place.</summary>
public sealed partial class TidyTests
{
    private const int MaxFileLines = 400;
    private const int MaxMethodLines = 60;

    // Each is longer for a reason; the list only shrinks.
    private static readonly Dictionary<string, string> LongMembers = new(StringComparer.Ordinal)
    {
        ["keys/Denials.cs Denials.Describe"] = "the one table: a row per reason",
    };

    private static readonly string[] Code = [".cs", ".sh", ".sql", ".js", ".razor", ".css"];

    // Put together here, so that this file does not find itself.
    private static readonly string[] Forbidden = ["TO" + "DO", "FIX" + "ME"];
    private static readonly string[] MachinePaths = ["/wor" + "k/", "/roo" + "t/", "/hom" + "e/", "/User" + "s/"];

    [Fact]
    public void Files_AreShort() =>
        SourceTree.AssertNone(
            from file in SourceTree.Files
            where Code.Contains(Path.GetExtension(file))
            let lines = SourceTree.Read(file).AsSpan().Count('\n')
            where lines > MaxFileLines
            select $"{file}: {lines} lines"
        );

    [Fact]
    public void Methods_AreShort()
    {
        var tooLong = (
            from file in SourceTree.CSharp()
            from member in SourceText.Parse(SourceTree.Read(file)).Members
            where member.Lines > MaxMethodLines && MethodHeader().IsMatch(member.Header)
            select (Name: $"{file} {member.Type}.{NameOf(member)}", member.Lines)
        ).ToList();
        SourceTree.AssertNone(
            tooLong.Where(m => !LongMembers.ContainsKey(m.Name)).Select(m => $"{m.Name}: {m.Lines} lines")
        );
        SourceTree.AssertNone(
            LongMembers.Keys.Except(tooLong.Select(m => m.Name)).Select(n => $"{n} is short now: take it off")
        );
    }

    [Fact]
    public void PublicTypes_SayWhatTheyAre() =>
        SourceTree.AssertNone(
            from file in SourceTree.CSharp()
            where !file.StartsWith("tests/", StringComparison.Ordinal)
            let source = SourceTree.Read(file)
            from type in SourceText.Parse(source).Types
            where PublicWord().IsMatch(type.Header) && !HasSummary(source, type.Line)
            select $"{file}:{type.Line} {type.Name}"
        );

    [Fact]
    public void Keys_KnowsNothingOfTheWeb() =>
        SourceTree.AssertNone(
            Mentions("keys/", "Microsoft.AspNetCore", "Yarp", "StackExchange", "Microsoft.NET.Sdk.Web")
        );

    [Fact]
    public void GatewayAndAdminApi_NeverSeeEachOther() =>
        SourceTree.AssertNone(
            Mentions("gateway/", "Gateway.Admin", "admin-api.csproj").Concat(Mentions("admin-api/", "gateway.csproj"))
        );

    [Fact]
    public void Migrations_ComeInPairs_EachForwardAndBack()
    {
        var sqlite = Migrations("sqlite");
        Assert.NotEmpty(sqlite);
        Assert.Equal(sqlite, Migrations("postgres"));
        Assert.Equal(Enumerable.Range(1, sqlite.Count), sqlite.Select(n => int.Parse(n[..4])));
        SourceTree.AssertNone(
            from file in SourceTree.Files
            where file.StartsWith("migrations/", StringComparison.Ordinal)
            let text = SourceTree.Read(file)
            where !text.StartsWith("-- migrate:up\n", StringComparison.Ordinal) || !text.Contains("\n-- migrate:down\n")
            select file
        );
    }

    // Whoever reads the threat model is to find what shows it.
    [Fact]
    public void TestsThatDocumentsName_Exist()
    {
        var classes = typeof(TidyTests).Assembly.GetTypes().Where(t => !t.IsAbstract).Select(t => t.Name).ToHashSet();
        string[] documents = ["SECURITY.md", "ARCHITECTURE.md", "README.md", "CHANGELOG.md", "ops/runbook.md"];
        Assert.Contains(NamedTests("SECURITY.md"), classes.Contains);
        SourceTree.AssertNone(
            from document in documents
            from name in NamedTests(document)
            where !classes.Contains(name)
            select $"{document}: {name}"
        );
    }

    private static IEnumerable<string> NamedTests(string document) =>
        TestClass().Matches(SourceTree.Read(document)).Select(m => m.Groups["name"].Value);

    [Fact]
    public void NothingIsLeftForLater() => SourceTree.AssertNone(Mentions("", Forbidden));

    [Fact]
    public void NothingNamesTheMachineItWasWrittenOn() => SourceTree.AssertNone(Mentions("", MachinePaths));

    [Fact]
    public void NoTestIsSkipped() =>
        SourceTree.AssertNone(
            from file in SourceTree.CSharp("tests/")
            where SkippedTest().IsMatch(SourceText.Blank(SourceTree.Read(file)))
            select file
        );

    private static IEnumerable<string> Mentions(string folder, params string[] words) =>
        from file in SourceTree.Files
        where file.StartsWith(folder, StringComparison.Ordinal)
        let text = SourceTree.Read(file)
        from word in words
        where text.Contains(word, StringComparison.Ordinal)
        select $"{file}: {word}";

    private static List<string> Migrations(string database) =>
        [
            .. SourceTree
                .Files.Where(f => f.StartsWith($"migrations/{database}/", StringComparison.Ordinal))
                .Select(f => Path.GetFileName(f)),
        ];

    private static string NameOf(SourceText.Member member) =>
        MemberName().Match(member.Header) is { Success: true } name ? name.Groups["name"].Value : member.Header;

    // The lines above are comments, up to the one that opens the summary.
    private static bool HasSummary(string source, int line)
    {
        var lines = source.Split('\n');
        for (
            var above = line - 2;
            above >= 0 && lines[above].TrimStart().StartsWith("///", StringComparison.Ordinal);
            above--
        )
        {
            if (lines[above].Contains("<summary>") || lines[above].Contains("<inheritdoc"))
                return true;
        }
        return false;
    }

    [GeneratedRegex("`(?<name>[A-Za-z0-9]+Tests)`")]
    private static partial Regex TestClass();

    [GeneratedRegex(@"\bpublic\b")]
    private static partial Regex PublicWord();

    // A table of data may be as long as its data; a parameter list before any `=` makes a method.
    [GeneratedRegex(@"^(?:\[[^\]]*\]\s*)*[^=(]*\(")]
    private static partial Regex MethodHeader();

    [GeneratedRegex(@"(?<name>\w+)(?:<[^(]*>)?\s*(?:\(|=>|\{|=|$)")]
    private static partial Regex MemberName();

    [GeneratedRegex(@"\bSkip\s*=|\bSkip(?:Unless|When)\b|\bAssert\.Skip|\bExplicit\s*=\s*true")]
    private static partial Regex SkippedTest();
}
