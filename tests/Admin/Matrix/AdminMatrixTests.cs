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
        {
            async Task<string?> CellAsync(MatrixActor actor, string account)
            {
                var named = template.Contains("{accountId}", StringComparison.Ordinal) ? account : null;
                var expected = rule.Expect(actor, named, account);
                // Without an account in the path an actor's own is meant.
                var about = named is null && operation != "getChange" ? actor.AccountId ?? account : account;
                var path = await calls.PathAsync(operation, template, about, expected == (rule.Status, rule.Code));
                var call = new Call(method, path, await calls.BodyAsync(operation), rule.Who != Who.Anyone);
                var what = await FindWrongAsync(desk, call, actor, expected);
                return what is null ? null : $"{operation} by {actor.Name}, {path}: {what}";
            }
            var pairs = AccountsOf(desk, template)
                .SelectMany(account => desk.Actors.Select(a => (a, account)))
                .ToList();
            cells += pairs.Count;
            var isOpen = rule.Who == Who.Anyone;
            // What is open to anyone answers slowly, on purpose, and changes nothing here: all at once.
            var all = isOpen ? await Task.WhenAll(pairs.Select(p => CellAsync(p.a, p.account))) : [];
            foreach (var (actor, account) in isOpen ? [] : pairs)
                all = [.. all, await CellAsync(actor, account)];
            wrong.AddRange(all.OfType<string>());
        }
        Assert.True(wrong.Count == 0, string.Join('\n', wrong));
        TestContext.Current.TestOutputHelper?.WriteLine($"matrix: {cells} cells of the admin API");
        AttackReport.Add("matrix", "cells", cells);
    }

    private sealed record Call(HttpMethod Method, string Path, object? Body, bool IsAudited);

    private static async Task<string?> FindWrongAsync(
        MatrixDesk desk,
        Call call,
        MatrixActor actor,
        (int Status, string? Code) expected
    )
    {
        var before = await desk.CountEntriesAsync();
        (string, string)[] headers = actor.Header is { } header ? [header] : [];
        var path = actor.Query.Length == 0 ? call.Path : $"{call.Path}?{actor.Query}";
        var answer = await desk.Admin.SendAsync(call.Method, path, call.Body, actor.Credential, headers);
        if (answer.Status != expected.Status || answer.Code != expected.Code)
            return $"{expected.Status} {expected.Code} expected, but {answer.Status} {answer.Code}";
        var written = await desk.CountEntriesAsync() - before;
        if (expected.Code is not null && written > 0)
            return "refused, but written to the audit log";
        // Enabling what is on changes nothing.
        var isWrite = call.Method != HttpMethod.Get && !path.EndsWith("/enable", StringComparison.Ordinal);
        return !call.IsAudited ? null
            : expected.Code is null && isWrite && written == 0 ? "done, but not in the audit log"
            : null;
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
