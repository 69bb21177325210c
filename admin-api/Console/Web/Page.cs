using System.Text;
using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Web;

namespace Gateway.Admin;

/// <summary>A page: a component that is rendered once, on the server, as a whole. What it needs was read before; it asks
/// nothing of the store.</summary>
/// <typeparam name="TModel">What it shows.</typeparam>
public abstract class ConsolePage<TModel> : ComponentBase
{
    /// <summary>What surrounds it.</summary>
    [Parameter, EditorRequired]
    public required Frame Frame { get; set; }

    /// <summary>What it shows.</summary>
    [Parameter, EditorRequired]
    public required TModel Model { get; set; }
}

/// <summary>Answers with a page.</summary>
/// <typeparam name="TPage">The page.</typeparam>
/// <typeparam name="TModel">What it shows.</typeparam>
/// <param name="model">What it shows.</param>
/// <param name="status">The status: a page that says that something was refused is no success.</param>
public sealed class Page<TPage, TModel>(TModel model, int status = StatusCodes.Status200OK) : IResult
    where TPage : ConsolePage<TModel>
{
    /// <inheritdoc/>
    public async Task ExecuteAsync(HttpContext http)
    {
        // Before the first byte: a page that cannot be rendered is answered with an error, not with half a page.
        var html = await RenderAsync(http);
        // The form token's maker has set a weaker one.
        http.Response.Headers.CacheControl = ConsoleHeaders.NotKept;
        http.Response.StatusCode = status;
        http.Response.ContentType = "text/html; charset=utf-8";
        await http.Response.Body.WriteAsync(Encoding.UTF8.GetBytes(html), http.RequestAborted);
    }

    private async Task<string> RenderAsync(HttpContext http)
    {
        var parameters = ParameterView.FromDictionary(
            new Dictionary<string, object?>(StringComparer.Ordinal)
            {
                [nameof(ConsolePage<TModel>.Frame)] = Frame.Of(http),
                [nameof(ConsolePage<TModel>.Model)] = model,
            }
        );
        var services = http.RequestServices;
        await using var renderer = new HtmlRenderer(services, services.GetRequiredService<ILoggerFactory>());
        return await renderer.Dispatcher.InvokeAsync(async () =>
            (await renderer.RenderComponentAsync<TPage>(parameters)).ToHtmlString()
        );
    }
}

/// <summary>After a form: the browser gets the next page, and a reload sends nothing again.</summary>
/// <param name="path">Of the page.</param>
public sealed class SeeOther(string path) : IResult
{
    /// <inheritdoc/>
    public Task ExecuteAsync(HttpContext http)
    {
        http.Response.StatusCode = StatusCodes.Status303SeeOther;
        http.Response.Headers.Location = path;
        return Task.CompletedTask;
    }
}
