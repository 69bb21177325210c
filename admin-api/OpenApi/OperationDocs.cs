namespace Gateway.Admin;

/// <summary>What the OpenAPI document says of an operation beyond what its types say.</summary>
/// <param name="Id">Name for generated clients, in camelCase; the form that names an account ends in <c>ForAccount</c>.</param>
/// <param name="Tag">One of <see cref="Tags"/>.</param>
/// <param name="Summary">One line.</param>
public sealed record OperationDoc(string Id, string Tag, string Summary);

/// <summary>A parameter in the query or a header; the path's are read from the route.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Description">What it does.</param>
/// <param name="Type">The type its text is read as; an enum's values are listed.</param>
public sealed record ParameterDoc(string Name, string Description, Type Type)
{
    /// <summary>Whether it is a header.</summary>
    public bool IsHeader { get; init; }

    /// <summary>Least value of a number.</summary>
    public int? Minimum { get; init; }

    /// <summary>Greatest value of a number.</summary>
    public int? Maximum { get; init; }
}

/// <summary>An example of a request's body, as JSON.</summary>
public sealed record BodyExample(string Json);

/// <summary>A second form the request's body may have.</summary>
public sealed record AlternativeBody(Type Type);

/// <summary>A second form the answer of a success may have: a list of these.</summary>
public sealed record AlternativeAnswer(Type Type);

/// <summary>Says it where an operation is mapped.</summary>
public static class OperationDocs
{
    /// <summary>Names the operation. What every operation of its kind may answer is added to what it states itself.</summary>
    public static RouteHandlerBuilder Describe(this RouteHandlerBuilder endpoint, string id, string tag, string summary)
    {
        endpoint.WithMetadata(new OperationDoc(id, tag, summary)).WithTags(tag).WithSummary(summary);
        endpoint.Finally(CommonRefusals.Add);
        return endpoint;
    }

    /// <summary>States codes of refusals with a status.</summary>
    public static RouteHandlerBuilder Refuses(this RouteHandlerBuilder endpoint, int status, params string[] codes) =>
        endpoint.WithMetadata(new RefusalDoc(status, codes));

    /// <summary>States a parameter of the query or a header.</summary>
    public static RouteHandlerBuilder Takes(this RouteHandlerBuilder endpoint, params ParameterDoc[] parameters) =>
        endpoint.WithMetadata([.. parameters]);

    /// <summary>Gives an example of the body.</summary>
    public static RouteHandlerBuilder Example(this RouteHandlerBuilder endpoint, string json) =>
        endpoint.WithMetadata(new BodyExample(json));
}

/// <summary>Codes an operation may refuse with.</summary>
/// <param name="Status">HTTP status.</param>
/// <param name="Codes">Values of <c>error.code</c>.</param>
public sealed record RefusalDoc(int Status, IReadOnlyList<string> Codes);
