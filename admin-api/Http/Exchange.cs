using Gateway.Keys;
using Gateway.Keys.Storage;

namespace Gateway.Admin;

/// <summary>Finds what else is wrong with a request that is refused already because some of its fields cannot be read, so
/// that the caller hears of everything at once. It writes nothing.</summary>
/// <param name="admin">What operations work with.</param>
/// <param name="caller">Who asks.</param>
/// <param name="http">The HTTP request.</param>
/// <param name="request">What could be read.</param>
/// <param name="unreadable">The fields that could not: nothing is said about them, nor about what depends on them.</param>
public delegate Task<List<FieldError>> Rules<in TRequest>(
    AdminServices admin,
    Caller caller,
    HttpRequest http,
    TRequest request,
    IReadOnlySet<string> unreadable
);

/// <summary>The way of a request through an operation, alike for all: read and check the body, run the core, wait for the
/// receipt, answer. Operations state what is particular to them.</summary>
public static class Exchange
{
    /// <summary>A read.</summary>
    /// <param name="run">The core of the operation.</param>
    public static Delegate Read<T>(Func<AdminServices, Caller, HttpRequest, Task<Outcome<T>>> run)
        where T : class =>
        async (HttpContext http) =>
        {
            var outcome = await run(http.Admin(), http.Caller(), http.Request);
            return outcome.TryGet(out var answer, out var problem) ? Ok(http, answer, 200) : new ProblemResult(problem);
        };

    /// <summary>A write.</summary>
    /// <param name="status">Status of the answer.</param>
    /// <param name="read">Reads the request from the body's fields, noting what is wrong with them.</param>
    /// <param name="run">The core of the operation.</param>
    /// <param name="rules">What else is wrong with a request some of whose fields cannot be read.</param>
    public static Delegate Write<TRequest, TAnswer>(
        int status,
        Func<Fields, TRequest> read,
        Func<AdminServices, Caller, TRequest, Task<Outcome<Written<TAnswer>>>> run,
        Rules<TRequest>? rules = null
    )
        where TRequest : class
        where TAnswer : Answer => (HttpContext http) => RunAsync(http, status, read, run, rules);

    /// <summary>A write to the object the route names by <c>{id}</c>.</summary>
    /// <param name="status">Status of the answer.</param>
    /// <param name="read">Reads the request from the body's fields, noting what is wrong with them.</param>
    /// <param name="run">The core of the operation, given the id.</param>
    public static Delegate Write<TRequest, TAnswer>(
        int status,
        Func<Fields, TRequest> read,
        Func<AdminServices, Caller, string, TRequest, Task<Outcome<Written<TAnswer>>>> run
    )
        where TRequest : class
        where TAnswer : Answer =>
        (HttpContext http) =>
            RunAsync(http, status, read, (admin, caller, request) => run(admin, caller, IdOf(http.Request), request));

    /// <summary>A write that also depends on the query or the headers.</summary>
    /// <param name="status">Status of the answer.</param>
    /// <param name="read">Reads the request from the body's fields, noting what is wrong with them.</param>
    /// <param name="run">The core of the operation, given the HTTP request.</param>
    /// <param name="rules">What else is wrong with a request some of whose fields cannot be read.</param>
    public static Delegate WriteFrom<TRequest, TAnswer>(
        int status,
        Func<Fields, TRequest> read,
        Func<AdminServices, Caller, HttpRequest, TRequest, Task<Outcome<Written<TAnswer>>>> run,
        Rules<TRequest>? rules = null
    )
        where TRequest : class
        where TAnswer : Answer =>
        (HttpContext http) =>
            RunAsync(http, status, read, (admin, caller, request) => run(admin, caller, http.Request, request), rules);

    /// <summary>The id in the route.</summary>
    public static string IdOf(HttpRequest request) => (string)request.RouteValues["id"]!;

    // A write is not cancelled when the caller hangs up: it would only be unknown whether it happened.
    private static async Task<IResult> RunAsync<TRequest, TAnswer>(
        HttpContext http,
        int status,
        Func<Fields, TRequest> read,
        Func<AdminServices, Caller, TRequest, Task<Outcome<Written<TAnswer>>>> run,
        Rules<TRequest>? rules = null
    )
        where TRequest : class
        where TAnswer : Answer
    {
        var (admin, caller) = (http.Admin(), http.Caller());
        if (!(await JsonBody.ReadAsync(http.Request, http.RequestAborted)).TryGet(out var body, out var problem))
            return new ProblemResult(problem);
        var errors = new List<FieldError>();
        var request = Fields.Read(body.Json, read, errors, admin.KeyFormat);
        if (errors.Count > 0)
        {
            if (rules is not null)
                errors.AddRange(await rules(admin, caller, http.Request, request, Unreadable(errors)));
            return new ProblemResult(Problems.Validation(errors));
        }
        if (Idempotency.Read(http.Request, body, caller, admin.Clock) is { } sent)
        {
            if (!sent.TryGet(out var record, out problem))
                return new ProblemResult(problem);
            if (await Idempotency.BeginAsync(admin.Database, record) is { } begun)
                return begun.TryGet(out var first, out problem)
                    ? await Idempotency.ReplayAsync(first, admin.Fleet, caller, http.Response)
                    : new ProblemResult(problem);
            caller = caller with { Idempotency = record };
        }
        var outcome = await PerformAsync(admin, caller, request, run);
        return outcome.TryGet(out var written, out problem)
            ? await FinishAsync(http, status, written)
            : new ProblemResult(problem);
    }

    // Of walletBindings[0].walletId, walletBindings.
    private static HashSet<string> Unreadable(IEnumerable<FieldError> errors) =>
        errors.Select(e => e.Field.Split('.', '[')[0]).ToHashSet(StringComparer.Ordinal);

    /// <summary>Runs the core of a write; when it comes to nothing, what was begun for its <c>Idempotency-Key</c> is
    /// forgotten.</summary>
    internal static async Task<Outcome<Written<TAnswer>>> PerformAsync<TRequest, TAnswer>(
        AdminServices admin,
        Caller caller,
        TRequest request,
        Func<AdminServices, Caller, TRequest, Task<Outcome<Written<TAnswer>>>> run
    )
        where TAnswer : Answer
    {
        var done = false;
        try
        {
            var outcome = await run(admin, caller, request);
            done = outcome.Value is not null;
            return outcome;
        }
        finally
        {
            // Only what is still in flight is forgotten: after a commit whose answer was lost, the record says so.
            if (!done && caller.Idempotency is { } record)
                await admin.Database.WriteAsync(s => s.ForgetIdempotentAsync(record.ActorId, record.Route, record.Key));
        }
    }

    private static async Task<IResult> FinishAsync<T>(HttpContext http, int status, Written<T> written)
        where T : Answer
    {
        var answer = written.Answer;
        if (written.Change is { } change)
            answer = answer with { Propagation = await ReceiptAsync(http, change) };
        return Ok(http, answer, status);
    }

    /// <summary>Waits for the receipt of a change that was committed just now, and counts it.</summary>
    internal static async Task<Propagation> ReceiptAsync(HttpContext http, long change)
    {
        var (admin, committed) = (http.Admin(), http.Admin().Clock.GetTimestamp());
        var receipt = await admin.Fleet.WaitAsync(change, http.Caller().Wait);
        http.RequestServices.GetRequiredService<AdminMetrics>().Count(receipt, admin.Clock.GetElapsedTime(committed));
        return receipt;
    }

    private static IResult Ok<T>(HttpContext http, T answer, int status)
    {
        if (answer is IVersioned versioned)
            http.Response.Headers.ETag = ETags.Of(versioned.Version);
        return Results.Json(new Envelope<T>(answer), Json.Options, statusCode: status);
    }
}
