using System.Text.Json.Serialization.Metadata;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;

namespace Gateway.Admin;

// How the document comes about
//
//   types       the framework reads them: names, types, nullability, and the texts of the code's own documentation
//   ApiSchemas  what the types do not say: limits of fields, what may be left out, what is never null
//   operations  each file says its name, tag, summary, parameters and refusals (OperationDocs); Operations puts them in
//   this file   what is said once: title, licence, how to authenticate, tags
//
// It is served to anyone: it has nothing that is not in the source. A test lints it, and compares it with what the
// process really answers.

/// <summary>The OpenAPI document at <c>/openapi/v1.json</c>.</summary>
public static class ApiDocument
{
    private const string Scheme = "bearer";

    private static readonly (string Name, string Description)[] Headers =
    [
        ("X-Request-Id", "Ties the answer, the log and the audit entry together."),
        ("ETag", "The version that was answered, for `If-Match`."),
        ("WWW-Authenticate", "RFC 6750 section 3."),
        ("Retry-After", "Seconds."),
        ("RateLimit-Policy", "The rate limit of the key that calls: `\"key-admin\"`, `q` requests in `w` seconds."),
        ("RateLimit", "What is left of it: `r` requests for the next `t` seconds."),
    ];

    /// <summary>Sets it up.</summary>
    public static void Configure(OpenApiOptions options)
    {
        options.OpenApiVersion = OpenApiSpecVersion.OpenApi3_1;
        options.CreateSchemaReferenceId = NameOf;
        options.AddSchemaTransformer(ApiSchemas.TransformAsync);
        options.AddOperationTransformer(Operations.TransformAsync);
        options.AddDocumentTransformer((document, _, _) => TransformAsync(document));
    }

    // Nested records are called Request and Response in every operation: their operation's name tells them apart.
    private static string? NameOf(JsonTypeInfo type)
    {
        var name = OpenApiOptions.CreateDefaultSchemaReferenceId(type);
        if (name is null || type.Type.IsGenericType)
            return type.Type is { IsGenericType: true } t && t.GetGenericTypeDefinition() == typeof(Envelope<>)
                ? NameOf(t.GetGenericArguments()[0]) + "Envelope"
                : name;
        return NameOf(type.Type);
    }

    /// <summary>The name of a type's schema.</summary>
    public static string NameOf(Type type) =>
        type == typeof(ProblemSchema) ? "Problem"
        : type == typeof(ProblemSchema.ErrorCode) ? "ProblemError"
        : type.DeclaringType is { } outer ? outer.Name + type.Name
        : type.Name;

    private static Task TransformAsync(OpenApiDocument document)
    {
        document.Info = new OpenApiInfo
        {
            Title = "Gateway admin API",
            Summary = "Issue, change and revoke the API keys that the gateway checks.",
            Description =
                "Every call carries `Authorization: Bearer` and an operator's token or an API key of the account. Another "
                + "account's things do not exist: 404, not 403. A change that matters to a request is answered with a "
                + "receipt (`propagation`): once `complete`, no gateway answers on the strength of the old record.",
            Version = typeof(ApiDocument).Assembly.GetName().Version!.ToString(3),
            License = new OpenApiLicense { Name = "MIT", Identifier = "MIT" },
        };
        // Relative: wherever the document was read from.
        document.Servers = [new OpenApiServer { Url = "/", Description = "This process." }];
        document.Tags = Tags.All.Select(t => new OpenApiTag { Name = t.Name, Description = t.Description }).ToHashSet();
        document.AddComponent(
            Scheme,
            new OpenApiSecurityScheme
            {
                Type = SecuritySchemeType.Http,
                Scheme = Scheme,
                Description =
                    "An operator's token (`Admin:OperatorToken`, or of a named operator), or an API key with "
                    + "`api-keys:read` or `api-keys:write`.",
            }
        );
        document.Security =
        [
            new OpenApiSecurityRequirement { [new OpenApiSecuritySchemeReference(Scheme, document)] = [] },
        ];
        foreach (var (name, description) in Headers)
            document.AddComponent<IOpenApiHeader>(
                name,
                new OpenApiHeader
                {
                    Description = description,
                    Schema = new OpenApiSchema { Type = JsonSchemaType.String },
                }
            );
        ApiSchemas.Finish(document);
        return Task.CompletedTask;
    }
}
