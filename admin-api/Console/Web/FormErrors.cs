using Gateway.Keys;

namespace Gateway.Admin;

/// <summary>What is wrong with a form, by field; a refusal that is about no field stands above it.</summary>
/// <param name="Problem">The refusal; null when there is none.</param>
public sealed record FormErrors(Problem? Problem)
{
    /// <summary>Nothing is wrong.</summary>
    public static FormErrors None { get; } = new((Problem?)null);

    /// <summary>Status of the page.</summary>
    public int Status => Problem?.Status ?? StatusCodes.Status200OK;

    /// <summary>What is to be said above the form.</summary>
    public Problem? Above => Problem is null or { Errors.Count: > 0 } ? null : Problem;

    /// <summary>How many fields have something wrong with them.</summary>
    public int Count => Problem?.Errors?.Count ?? 0;

    /// <summary>What is wrong with a field or a part of it.</summary>
    public IReadOnlyList<string> For(string field) =>
        [.. (Problem?.Errors ?? []).Where(e => IsOf(e.Field, field)).Select(Say)];

    /// <summary>What is wrong with a field as a whole.</summary>
    public IReadOnlyList<string> Of(string field) =>
        [.. (Problem?.Errors ?? []).Where(e => e.Field == field).Select(Say)];

    /// <summary>What is wrong with fields that the form does not have.</summary>
    public IReadOnlyList<string> Besides(params string[] fields) =>
        [
            .. (Problem?.Errors ?? [])
                .Where(e => !fields.Any(f => IsOf(e.Field, f)))
                .Select(e => $"{e.Field}: {e.Message}"),
        ];

    private static bool IsOf(string path, string field) =>
        path.StartsWith(field, StringComparison.Ordinal)
        && (path.Length == field.Length || path[field.Length] is '[' or '.');

    // Of allowedIps[1], the second; of rateLimit.requests, what is wrong alone.
    private static string Say(FieldError error)
    {
        var open = error.Field.LastIndexOf('[');
        return error.Field.EndsWith(']') && int.TryParse(error.Field.AsSpan(open + 1).TrimEnd(']'), out var index)
            ? $"Entry {index + 1}: {error.Message}"
            : error.Message;
    }
}
