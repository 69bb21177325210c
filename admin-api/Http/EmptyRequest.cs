namespace Gateway.Admin;

/// <summary>The body of an operation that needs to be told nothing: none, or an empty object.</summary>
public sealed record EmptyRequest
{
    /// <summary>Reads it: whatever field there is, is unknown.</summary>
    public static EmptyRequest Read(Fields fields) => new();
}
