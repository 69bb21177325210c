using System.Collections.Concurrent;
using System.Net;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.Extensions.DependencyInjection;

namespace Gateway.Tests;

/// <summary>An upstream on Kestrel that answers with the protocol it was asked by and with whose client certificate:
/// <c>HTTP/2 CN=gateway</c>.</summary>
public sealed class TlsUpstream : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly ConcurrentQueue<string> _connections = new();

    private TlsUpstream(
        HttpProtocols protocols,
        (string Certificate, string Key)? shown,
        bool asksForCertificate,
        IPAddress at
    )
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder
            .WebHost.UseKestrelCore()
            .UseKestrelHttpsConfiguration()
            .ConfigureKestrel(kestrel =>
                kestrel.Listen(
                    at,
                    0,
                    listener =>
                    {
                        listener.Protocols = protocols;
                        if (shown is { } files)
                            listener.UseHttps(https =>
                            {
                                https.ServerCertificate = X509Certificate2.CreateFromPemFile(
                                    files.Certificate,
                                    files.Key
                                );
                                https.ClientCertificateMode = asksForCertificate
                                    ? ClientCertificateMode.RequireCertificate
                                    : ClientCertificateMode.NoCertificate;
                                // Whose it is, is for the test to say.
                                https.AllowAnyClientCertificate();
                            });
                    }
                )
            );
        _app = builder.Build();
        _app.Run(AnswerAsync);
    }

    /// <summary>Root of it, without a slash at the end.</summary>
    public string Address =>
        _app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First();

    /// <summary>Connections requests came over so far, each request's.</summary>
    public IReadOnlyCollection<string> Connections => _connections;

    /// <summary>Starts one on a free port.</summary>
    /// <param name="protocols">What it speaks.</param>
    /// <param name="shown">Its certificate; null for none.</param>
    /// <param name="asksForCertificate">Whether clients must have one.</param>
    /// <param name="at">Where it listens.</param>
    public static async Task<TlsUpstream> StartAsync(
        HttpProtocols protocols,
        (string Certificate, string Key)? shown = null,
        bool asksForCertificate = false,
        string at = "127.0.0.1"
    )
    {
        var upstream = new TlsUpstream(protocols, shown, asksForCertificate, IPAddress.Parse(at));
        await upstream._app.StartAsync();
        return upstream;
    }

    /// <summary>A routes file with the anonymous route <c>/public/…</c> to it.</summary>
    /// <param name="cluster">Further members of the cluster, each beginning with a comma.</param>
    public string Routes(string cluster = "") =>
        $$"""
            {
              "ReverseProxy": {
                "Routes": {
                  "public": { "ClusterId": "up", "Match": { "Path": "/public/{**rest}" }, "Metadata": { "Access": "anonymous" } }
                },
                "Clusters": { "up": { "Destinations": { "one": { "Address": "{{Address}}" } }{{cluster}} } }
              }
            }
            """;

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        using var now = new CancellationTokenSource(TimeSpan.Zero);
        await _app.StopAsync(now.Token);
        await _app.DisposeAsync();
    }

    private Task AnswerAsync(HttpContext context)
    {
        _connections.Enqueue(context.Connection.Id);
        return context.Response.WriteAsync(
            $"{context.Request.Protocol} {context.Connection.ClientCertificate?.Subject}".TrimEnd()
        );
    }
}
