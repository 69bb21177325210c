using System.Net;

namespace Gateway.Tests;

/// <summary>Traces leave by OTLP where an endpoint is set, with each decision as a span and without anything secret; a
/// <c>traceparent</c> passes.</summary>
public sealed class TracingTests : IAsyncLifetime
{
    private const string Trace = "0af7651916cd43dd8448eb211c80319c";

    private readonly RecordingUpstream _upstream = new();
    private OtlpCollector _collector = null!;
    private TestStore _store = null!;
    private TestGateway _gateway = null!;

    public async ValueTask InitializeAsync()
    {
        _collector = await OtlpCollector.StartAsync();
        _store = await TestStore.SqliteAsync();
        var settings = new Dictionary<string, string?> { ["Otlp:Endpoint"] = _collector.Url };
        _gateway = await TestGateway.StartAsync(_store.Options, TestRoutes.For(_upstream), settings);
    }

    public async ValueTask DisposeAsync()
    {
        await _gateway.DisposeAsync();
        await _store.DisposeAsync();
        await _upstream.DisposeAsync();
        await _collector.DisposeAsync();
    }

    [Fact]
    public async Task Decision_IsASpan_WithRouteOutcomeReasonAndKeyId_BelowItsRequest()
    {
        var (key, secret) = await _store.IssueKeyAsync(k => k with { Permissions = ["read"] });
        Assert.Equal(HttpStatusCode.OK, await SendAsync("/v1/read/x", secret));
        Assert.Equal(HttpStatusCode.Forbidden, await SendAsync("/v1/admin/x", secret));
        Assert.Equal(HttpStatusCode.NotFound, await SendAsync("/nowhere", secret));
        Assert.Equal(HttpStatusCode.BadRequest, await SendAsync("/v1//read", secret));
        await _gateway.StopAsync();

        // Other tests of this process may send their traces meanwhile: ours are told by their id.
        var spans = _collector.Spans.Where(s => s.TraceId == Trace.ToUpperInvariant()).ToList();
        var decisions = spans.Where(s => s.Name == "gateway.decision").ToList();
        Assert.Equal(
            [
                $"read allowed  {key.Id}",
                $"admin denied INSUFFICIENT_PERMISSIONS {key.Id}",
                " denied NO_ROUTE ",
                " denied BAD_REQUEST ",
            ],
            decisions.Select(Describe)
        );
        Assert.All(decisions, d => Assert.Equal("gateway", d.Service));
        Assert.All(decisions, d => Assert.Contains(spans, s => s.Id == d.ParentId && IsOfTheRequest(s)));
        Assert.All(decisions, d => Assert.InRange(d.Took, TimeSpan.Zero, TimeSpan.FromMinutes(1)));
        Assert.Contains(spans, s => s.Name == "proxy.forwarder");
    }

    [Fact]
    public async Task TraceparentPasses_AndNoSpanTellsPathQueryOrHeader()
    {
        var (_, secret) = await _store.IssueKeyAsync();
        Assert.Equal(HttpStatusCode.OK, await SendAsync($"/v1/read/{secret}?q=of-mine", secret));
        await _gateway.StopAsync();

        Assert.StartsWith($"00-{Trace}-", _upstream.Single.Value("traceparent"), StringComparison.Ordinal);
        Assert.Contains(_collector.Spans, s => s.TraceId == Trace.ToUpperInvariant());
        Assert.Null(new SecretTraces(secret, "sk_test_".Length).Find(_collector.Text));
        Assert.DoesNotContain("of-mine", _collector.Text, StringComparison.Ordinal);
        Assert.DoesNotContain("of-vendor", _collector.Text, StringComparison.Ordinal);
    }

    // The server's own, or below it YARP's, which begins with the route.
    private static bool IsOfTheRequest(ExportedSpan span) =>
        span.Name is "Microsoft.AspNetCore.Hosting.HttpRequestIn" or "proxy.forwarder";

    private async Task<HttpStatusCode> SendAsync(string path, string secret)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        request.Headers.Add("Authorization", "Bearer " + secret);
        request.Headers.Add("traceparent", $"00-{Trace}-b7ad6b7169203331-01");
        request.Headers.Add("tracestate", $"of-vendor={secret}");
        using var response = await _gateway.Client.SendAsync(request);
        return response.StatusCode;
    }

    private static string Describe(ExportedSpan decision) =>
        string.Join(
            ' ',
            new[] { "route", "outcome", "reason", "key.id" }.Select(a =>
                decision.Attributes.GetValueOrDefault("gateway." + a, "")
            )
        );
}
