using System.Net;
using System.Text.Json.Nodes;
using Gateway.Keys;

namespace Gateway.Tests;

/// <summary>An address range that could be read as another is not stored by the admin API.</summary>
public sealed class StoredRangesTests(SqliteAdmin shared) : IClassFixture<SqliteAdmin>
{
    private readonly TestAdmin _admin = shared.Admin;

    public static TheoryData<string, string> Ranges =>
        new(
            from family in AttackCases.Groups("published", "ranges")
            from member in family["ranges"]!.AsObject()
            let entry = member.Value is JsonArray pair ? pair[0]! : member.Value!
            select new TheoryDataRow<string, string>(member.Key, (string)entry!)
        );

    [Theory]
    [MemberData(nameof(Ranges))]
    public async Task WhatIsStored_IsReadOneWay(string id, string entry)
    {
        var account = await _admin.AddAccountAsync();
        string[] entries = entry.Length is 0 ? [] : [entry];
        var answer = await _admin.PostAsync(
            $"/v1/accounts/{account.Id}/api-keys",
            new
            {
                name = id,
                environment = "sandbox",
                allowedIps = entries,
            }
        );
        AttackReport.Add("published", "cases", 1);
        if (answer.Status is 400)
        {
            AttackReport.Add("published", "refused", 1);
            return;
        }

        // All of IPv6 is the one range here that means what it says; it is not all of IPv4.
        Assert.Equal("::/0", entry);
        var stored = IpRanges.Parse(
            [.. answer.Succeeded(201).Key["allowedIps"]!.AsArray().Select(e => (string)e!)],
            []
        );
        Assert.True(stored.Contains(IPAddress.Parse("2001:db8::1")));
        Assert.False(stored.Contains(IPAddress.Parse("203.0.113.5")));
        AttackReport.Add("published", "let through as expected", 1);
    }
}
