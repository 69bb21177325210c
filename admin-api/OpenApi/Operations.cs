using System.Text.Json.Nodes;
using Gateway.Keys;
using Microsoft.AspNetCore.Http.Metadata;
using Microsoft.AspNetCore.Mvc.ApiExplorer;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;

namespace Gateway.Admin;

/// <summary>Puts into the document what each operation says of itself.</summary>
internal static class Operations
{
    private const string AccountsKeys = "v1/accounts/{accountId}/api-keys";

    /// <summary>Completes one operation.</summary>
    /// <exception cref="InvalidOperationException">The operation was mapped without a description.</exception>
    public static async Task TransformAsync(
        OpenApiOperation operation,
        OpenApiOperationTransformerContext context,
        CancellationToken ct
    )
    {
        var (api, metadata) = (context.Description, context.Description.ActionDescriptor.EndpointMetadata);
        var doc =
            metadata.OfType<OperationDoc>().LastOrDefault()
            ?? throw new InvalidOperationException($"{api.HttpMethod} /{api.RelativePath} has no Describe.");
        var isAccounts = api.RelativePath!.StartsWith(AccountsKeys, StringComparison.Ordinal);
        operation.OperationId = isAccounts ? doc.Id + "ForAccount" : doc.Id;
        operation.Summary = isAccounts ? doc.Summary + " of an account" : doc.Summary;
        operation.Parameters =
        [
            .. PathParameters(api.RelativePath),
            .. metadata.OfType<ParameterDoc>().Select(Parameter),
        ];
        // Of what is open to anyone: no credential, rather than the one that is asked for everywhere else.
        if (metadata.OfType<AccessRule>().LastOrDefault()?.Audience == Audience.Anyone)
            operation.Security = [];
        if (operation.RequestBody?.Content?.Values.FirstOrDefault() is { } body)
            await CompleteAsync(body, metadata, context, ct);
        if (metadata.OfType<AlternativeAnswer>().LastOrDefault() is { } answer)
            await AddAnswerAsync(operation, answer.Type, context, ct);
        foreach (var stated in metadata.OfType<IProducesResponseTypeMetadata>())
            if (
                operation.Responses!.TryGetValue($"{stated.StatusCode}", out var known)
                && stated.Description is { } text
            )
                known.Description = text;
        foreach (var (status, response) in operation.Responses!)
            AddHeaders(status, (OpenApiResponse)response, context.Description, context.Document!);
    }

    private static async Task CompleteAsync(
        OpenApiMediaType content,
        IList<object> metadata,
        OpenApiOperationTransformerContext context,
        CancellationToken ct
    )
    {
        if (metadata.OfType<BodyExample>().LastOrDefault() is { } example)
            content.Example = JsonNode.Parse(example.Json);
        if (metadata.OfType<AlternativeBody>().LastOrDefault() is not { } alternative)
            return;
        var name = ApiDocument.NameOf(alternative.Type);
        context.Document!.AddComponent(name, await context.GetOrCreateSchemaAsync(alternative.Type, null, ct));
        content.Schema = new OpenApiSchema
        {
            OneOf = [content.Schema!, new OpenApiSchemaReference(name, context.Document)],
        };
    }

    private static async Task AddAnswerAsync(
        OpenApiOperation operation,
        Type type,
        OpenApiOperationTransformerContext context,
        CancellationToken ct
    )
    {
        var name = ApiDocument.NameOf(type);
        context.Document!.AddComponent(name, await context.GetOrCreateSchemaAsync(type, null, ct));
        var content = operation.Responses!["200"].Content!.Values.Single();
        var list = new OpenApiSchema
        {
            Type = JsonSchemaType.Array,
            Items = new OpenApiSchemaReference(name, context.Document),
        };
        content.Schema = new OpenApiSchema { OneOf = [content.Schema!, list] };
    }

    private static IEnumerable<IOpenApiParameter> PathParameters(string path)
    {
        foreach (var segment in path.Split('/').Where(s => s.StartsWith('{')))
        {
            var name = segment.Trim('{', '}');
            var isNumber = name == "number";
            yield return new OpenApiParameter
            {
                Name = name,
                In = ParameterLocation.Path,
                Required = true,
                Description = name switch
                {
                    "accountId" => "The account; an account's own actor may only name its own.",
                    "number" => "The change.",
                    _ => "The id.",
                },
                Schema = isNumber
                    ? new OpenApiSchema
                    {
                        Type = JsonSchemaType.Integer,
                        Format = "int64",
                        Minimum = "1",
                    }
                    : new OpenApiSchema { Type = JsonSchemaType.String },
            };
        }
    }

    private static OpenApiParameter Parameter(ParameterDoc doc) =>
        new()
        {
            Name = doc.Name,
            In = doc.IsHeader ? ParameterLocation.Header : ParameterLocation.Query,
            Description = doc.Description,
            Schema = ApiSchemas.Of(doc),
        };

    private static void AddHeaders(
        string status,
        OpenApiResponse response,
        ApiDescription api,
        OpenApiDocument document
    )
    {
        response.Headers = new Dictionary<string, IOpenApiHeader>(StringComparer.Ordinal);
        Add("X-Request-Id");
        if (status is "200" or "201" && api.SupportedResponseTypes.Any(r => IsVersioned(r.Type)))
            Add("ETag");
        if (status is "401")
            Add("WWW-Authenticate");
        if (status is "429" or "503")
            Add("Retry-After");
        if (api.ActionDescriptor.EndpointMetadata.OfType<AccessRule>().LastOrDefault() is { IsForKeys: true })
        {
            Add(LimitFields.PolicyName);
            Add(LimitFields.LimitName);
        }

        void Add(string name) => response.Headers[name] = new OpenApiHeaderReference(name, document);
    }

    private static bool IsVersioned(Type? type) =>
        type is { IsGenericType: true } && typeof(IVersioned).IsAssignableFrom(type.GetGenericArguments()[0]);
}
