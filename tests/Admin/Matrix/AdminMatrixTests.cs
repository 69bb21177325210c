using System.Text.Json.Nodes;

namespace Gateway.Tests;

/// <summary>
/// Every operation of the OpenAPI document, called by everybody there is, about their own account and another: each
/// answer is the one <see cref="MatrixRule"/> states, and a refused write leaves nothing in the audit log.
/// </summary>
public sealed class AdminMatrixTests
{
    [Fact]
    public async Task EveryOperation_LetsInWhomItShould_AndNobodyElse()
    {
        await using var desk = await MatrixDesk.StartAsync();
        var document = (await ApiContract.GetAsync(desk.Admin.Client)).Document;
        var calls = new MatrixCalls(desk);
        var (cells, wrong) = (0, new List<string>());
        foreach (var (method, template, operation, rule) in Operations(document))
        foreach (var account in AccountsOf(desk, template))
        foreach (var actor in desk.Actors)
        {
            cells++;
            var named = template.Contains("{accountId}", StringComparison.Ordinal) ? account : null;
            var expected = rule.Expect(actor, named, account);
            // Without an account in the path an actor's own is meant.
            var about = named is null && operation != "getChange" ? actor.AccountId ?? account : account;
            var path = await calls.PathAsync(operation, template, about, expected == (rule.Status, rule.Code));
            if (await FindWrongAsync(desk, method, path, calls.Body(operation), actor, expected) is { } what)
                wrong.Add($"{operation} by {actor.Name}, {path}: {what}");
        }
        Assert.True(wrong.Count == 0, string.Join('\n', wrong));
        AttackReport.Say("matrix", $"{cells} cells of the admin API, 0 wrong");
    }

    private static async Task<string?> FindWrongAsync(
        MatrixDesk desk,
        HttpMethod method,
        string path,
        object? body,
        MatrixActor actor,
        (int Status, string? Code) expected
    )
    {
        var before = await desk.CountEntriesAsync();
        (string, string)[] headers = actor.Header is { } header ? [header] : [];
        var query = actor.Query.Length == 0 ? path : $"{path}?{actor.Query}";
        var answer = await desk.Admin.SendAsync(method, query, body, actor.Credential, headers);
        if (answer.Status != expected.Status || answer.Code != expected.Code)
            return $"{expected.Status} {expected.Code} expected, but {answer.Status} {answer.Code}";
        var written = await desk.CountEntriesAsync() - before;
        if (expected.Code is not null && written > 0)
            return "refused, but written to the audit log";
        var isWrite = method != HttpMethod.Get && !path.EndsWith("/enable", StringComparison.Ordinal);
        return expected.Code is null && isWrite && written == 0 ? "done, but not in the audit log" : null;
    }

    // A path without an account is about whoever calls, but for a change, which is somebody's.
    private static string[] AccountsOf(MatrixDesk desk, string template) =>
        template.Contains("{accountId}", StringComparison.Ordinal)
        || template.Contains("{number}", StringComparison.Ordinal)
            ? [desk.One.Id, desk.Other.Id]
            : [desk.One.Id];

    private static IEnumerable<(HttpMethod, string Template, string Operation, MatrixRule)> Operations(
        JsonNode document
    )
    {
        foreach (var (template, methods) in document["paths"]!.AsObject())
        foreach (var (method, operation) in methods!.AsObject())
        {
            var name = ((string)operation!["operationId"]!).Replace("ForAccount", "", StringComparison.Ordinal);
            Assert.True(
                MatrixRule.All.TryGetValue(name, out var rule),
                $"{name} is new: say in MatrixRule.All whom it is for, and in MatrixCalls how it is called."
            );
            yield return (HttpMethod.Parse(method), template, name, rule!);
        }
    }
}
