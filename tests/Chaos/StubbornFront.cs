using System.Collections.Concurrent;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Extensions;
using Microsoft.Extensions.Primitives;

namespace Gateway.Tests;

/// <summary>
/// What makes of a correct gateway a broken one, seen from outside: it stands before it, passes requests on, and what was
/// allowed once it allows for ever, whatever has become of the key.
/// </summary>
internal sealed class StubbornFront : IAsyncDisposable
{
    private readonly ConcurrentDictionary<string, bool> _allowed = new(StringComparer.Ordinal);
    private readonly HttpClient _gateway;
    private readonly WebApplication _app;

    private StubbornFront(Uri gateway)
    {
        _gateway = new HttpClient { BaseAddress = gateway };
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().UseUrls("http://127.0.0.1:0");
        _app = builder.Build();
        _app.Run(AnswerAsync);
    }

    /// <summary>Answers it gave of itself.</summary>
    public int Remembered { get; private set; }

    /// <summary>Puts one before a gateway.</summary>
    public static async Task<StubbornFront> BeforeAsync(FleetProcess gateway)
    {
        var front = new StubbornFront(gateway.Url);
        await front._app.StartAsync();
        gateway.Front = new Uri(front._app.Urls.First());
        return front;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _app.DisposeAsync();
        _gateway.Dispose();
    }

    private async Task AnswerAsync(HttpContext context)
    {
        var request = new HttpRequestMessage(HttpMethod.Get, context.Request.GetEncodedPathAndQuery());
        var what = request.RequestUri!.ToString();
        foreach (var name in new[] { "Authorization", "X-Forwarded-For" })
        {
            if (context.Request.Headers[name] is [{ } value])
            {
                request.Headers.TryAddWithoutValidation(name, value);
                what += $" {value}";
            }
        }
        if (_allowed.ContainsKey(what))
        {
            Remembered++;
            return;
        }
        using var response = await _gateway.SendAsync(request);
        if (response.IsSuccessStatusCode)
            _allowed[what] = true;
        context.Response.StatusCode = (int)response.StatusCode;
        context.Response.Headers.ContentType = new StringValues(response.Content.Headers.ContentType?.ToString());
        await response.Content.CopyToAsync(context.Response.Body);
    }
}
