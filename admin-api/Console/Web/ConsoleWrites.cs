namespace Gateway.Admin;

/// <summary>How a form becomes a write.</summary>
public static class ConsoleWrites
{
    private const int MinOnceLength = 20;

    /// <summary>Runs a write that must happen once, however often the browser sends the form: what it shows, it shows in the
    /// answer to the form alone. A second time is refused.</summary>
    /// <param name="http">The request.</param>
    /// <param name="once">What the page put into the form, random.</param>
    /// <param name="run">The operation.</param>
    public static async Task<Outcome<Written<T>>> OnceAsync<T>(
        HttpContext http,
        string once,
        Func<Caller, Task<Outcome<Written<T>>>> run
    )
        where T : Answer
    {
        var (admin, caller) = (http.Admin(), http.Caller());
        if (once.Length < MinOnceLength)
            return Problems.Validation("once", "REQUIRED", "Open the form again.");
        var record = Idempotency.ForForm(caller, http.Request.Path, once, admin.Clock);
        if (await Idempotency.BeginAsync(admin.Database, record) is { } begun)
            return begun.Problem ?? ConsoleProblems.AlreadyDone();
        return await Exchange.PerformAsync<object, T>(
            admin,
            caller with
            {
                Idempotency = record,
            },
            http,
            (_, current, _) => run(current)
        );
    }

    /// <summary>After a write: waits for its receipt and leads to a page that tells of it.</summary>
    /// <param name="http">The request.</param>
    /// <param name="written">What came of it.</param>
    /// <param name="path">The page.</param>
    /// <param name="key">The key it was about, where its last change may be another's.</param>
    public static async Task<IResult> LeadAsync<T>(
        HttpContext http,
        Written<T> written,
        string path,
        string? key = null
    )
        where T : Answer
    {
        if (written.Change is { } change)
            await Exchange.ReceiptAsync(http, change);
        return new SeeOther(Notice.On(path, written.Change, key));
    }
}
