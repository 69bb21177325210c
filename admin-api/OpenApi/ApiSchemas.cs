using System.Globalization;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;

namespace Gateway.Admin;

/// <summary>
/// What the types do not say. Requests: unknown fields are refused, what can be null may be left out, fields have limits.
/// Answers: every field is there, null or not, but for a few that are left out when there is nothing to say.
/// </summary>
internal static class ApiSchemas
{
    // Left out rather than null: the secrets that are shown once, the receipt, and what only some problems have.
    private static readonly string[] AbsentNotNull =
    [
        "KeyView.key",
        "OperatorView.token",
        "Problem.errors",
        "Problem.reasons",
        "Problem.contact",
    ];
    private static readonly string[] AlsoRequests =
    [
        "LinkWalletProof",
        "LinkWalletRegistration",
        nameof(LeakReport),
        "WalletBinding",
        "RateLimit",
    ];

    /// <summary>Instants are text; their converter hides it.</summary>
    public static Task TransformAsync(
        OpenApiSchema schema,
        OpenApiSchemaTransformerContext context,
        CancellationToken ct
    )
    {
        var type = context.JsonPropertyInfo?.PropertyType ?? context.JsonTypeInfo.Type;
        if (type == typeof(DateTimeOffset))
            schema.Type = JsonSchemaType.String;
        else if (type == typeof(DateTimeOffset?))
            schema.Type = JsonSchemaType.String | JsonSchemaType.Null;
        return Task.CompletedTask;
    }

    /// <summary>Completes every schema of the finished document.</summary>
    public static void Finish(OpenApiDocument document)
    {
        foreach (var (name, component) in document.Components?.Schemas ?? new Dictionary<string, IOpenApiSchema>())
        {
            if (component is not OpenApiSchema schema)
                continue;
            if (schema.Enum is { Count: > 0 })
                schema.Type = JsonSchemaType.String;
            if (schema.Properties is not { } properties)
                continue;
            if (
                name.EndsWith("Request", StringComparison.Ordinal)
                || AlsoRequests.Contains(name, StringComparer.Ordinal)
            )
                FinishRequest(name, schema, properties);
            else
                FinishAnswer(name, schema, properties);
        }
    }

    /// <summary>The schema of a parameter.</summary>
    public static OpenApiSchema Of(ParameterDoc parameter) =>
        Type.GetTypeCode(parameter.Type) switch
        {
            _ when parameter.Type.IsEnum => new()
            {
                Type = JsonSchemaType.String,
                Enum = [.. Enum.GetNames(parameter.Type).Select(n => JsonValue.Create(n.ToLowerInvariant()))],
            },
            _ when parameter.Type == typeof(DateTimeOffset) => new()
            {
                Type = JsonSchemaType.String,
                Format = "date-time",
            },
            TypeCode.Boolean => new() { Type = JsonSchemaType.Boolean },
            TypeCode.Int32 => new()
            {
                Type = JsonSchemaType.Integer,
                Minimum = Text(parameter.Minimum),
                Maximum = Text(parameter.Maximum),
            },
            TypeCode.Double => new()
            {
                Type = JsonSchemaType.Number,
                Minimum = Text(parameter.Minimum),
                Maximum = Text(parameter.Maximum),
            },
            _ => new() { Type = JsonSchemaType.String },
        };

    private static void FinishRequest(string type, OpenApiSchema schema, IDictionary<string, IOpenApiSchema> properties)
    {
        // A report's form is not ours to close.
        schema.AdditionalPropertiesAllowed = type == nameof(LeakReport);
        foreach (var name in properties.Keys.ToList())
        {
            if (properties[name] is OpenApiSchema { Enum.Count: > 0 } choice)
                choice.Type = JsonSchemaType.String;
            if (FieldLimits.IsNeverNull(type, name))
                properties[name] = NotNull(properties[name]);
            if (properties[name] is OpenApiSchema property)
                FieldLimits.Apply(name, property);
        }
        var required = properties.Where(p => !IsNullable(p.Value)).Select(p => p.Key);
        schema.Required = required.Except(FieldLimits.Optional(type), StringComparer.Ordinal).ToHashSet();
    }

    private static void FinishAnswer(string type, OpenApiSchema schema, IDictionary<string, IOpenApiSchema> properties)
    {
        var absent = properties
            .Keys.Where(n => n == "propagation" || AbsentNotNull.Contains($"{type}.{n}", StringComparer.Ordinal))
            .ToHashSet(StringComparer.Ordinal);
        foreach (var name in properties.Keys.Where(n => n == "data" || absent.Contains(n)).ToList())
            properties[name] = NotNull(properties[name]);
        schema.Required = properties.Keys.Except(absent, StringComparer.Ordinal).ToHashSet();
    }

    private static bool IsNullable(IOpenApiSchema schema) =>
        schema.Type?.HasFlag(JsonSchemaType.Null) == true
        || schema.OneOf?.Any(s => s.Type == JsonSchemaType.Null) == true;

    private static IOpenApiSchema NotNull(IOpenApiSchema schema)
    {
        if (schema.OneOf is { Count: 2 } either && either.Any(s => s.Type == JsonSchemaType.Null))
            return either.Single(s => s.Type != JsonSchemaType.Null);
        if (schema is OpenApiSchema { Type: { } type } own)
            own.Type = type & ~JsonSchemaType.Null;
        return schema;
    }

    private static string? Text(int? number) => number?.ToString(CultureInfo.InvariantCulture);
}
