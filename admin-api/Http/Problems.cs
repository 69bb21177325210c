using Gateway.Keys;

namespace Gateway.Admin;

/// <summary>The refusals only the admin API knows: one row for each code.</summary>
public static class Problems
{
    private const int RetryAfterSeconds = 2;

    /// <summary>Fields of the request cannot be taken; <paramref name="errors"/> has them all.</summary>
    public static Problem Validation(IReadOnlyList<FieldError> errors) =>
        new(400, "VALIDATION_FAILED", "The request has problems", "See errors: each names a field and what is wrong.")
        {
            Errors = errors,
        };

    /// <summary>The same, of one field.</summary>
    public static Problem Validation(string field, string code, string message) =>
        Validation([new FieldError(field, code, message)]);

    /// <summary>The body is not a JSON object.</summary>
    public static Problem MalformedJson(string detail) => new(400, "MALFORMED_JSON", "The body cannot be read", detail);

    /// <summary>The body is of another media type.</summary>
    public static Problem UnsupportedMediaType() =>
        new(
            415,
            "UNSUPPORTED_MEDIA_TYPE",
            "The body is not JSON",
            "Send UTF-8 JSON with 'Content-Type: application/json'."
        );

    /// <summary>An operator did not say which account.</summary>
    public static Problem WhichAccount() =>
        new(
            400,
            "ACCOUNT_REQUIRED",
            "Which account?",
            "An operator belongs to no account: call /v1/accounts/{accountId}/api-keys."
        );

    /// <summary>There is no such account, or none the actor may see.</summary>
    public static Problem AccountNotFound() => NotFound("ACCOUNT_NOT_FOUND", "No such account");

    /// <summary>There is no such key, or none the actor may see.</summary>
    public static Problem KeyNotFound() => NotFound("KEY_NOT_FOUND", "No such API key");

    /// <summary>Nothing is here.</summary>
    /// <param name="code">Stable code, such as <c>WALLET_NOT_FOUND</c>.</param>
    /// <param name="title">The same for every occurrence.</param>
    public static Problem NotFound(string code = "NOT_FOUND", string title = "Nothing is here") =>
        new(404, code, title, "There is none by this name, or none that you may see.");

    /// <summary>Only operators may.</summary>
    public static Problem OperatorsOnly() =>
        new(403, "OPERATORS_ONLY", "For operators", "Only operators of this deployment may do this.");

    /// <summary>What was asked for goes beyond what the actor holds.</summary>
    public static Problem ExceedsActor(IReadOnlyList<FieldError> errors) =>
        Problem.Of(DenyReason.InsufficientPermissions) with
        {
            Detail = "Nobody grants or changes more than they hold; see errors.",
            Errors = errors,
        };

    /// <summary>A key may not change itself, its kin or its makers.</summary>
    public static Problem SelfModification() =>
        new(
            400,
            "SELF_MODIFICATION",
            "A key cannot change itself",
            "A key cannot change itself, its rotation kin or the keys it descends from: use another key or the console."
        );

    /// <summary>The account may not make keys.</summary>
    public static Problem NotEligible(IReadOnlyList<Reason> reasons, string? contact) =>
        new(
            403,
            "NOT_ELIGIBLE",
            "The account may not make API keys yet",
            string.Join(' ', reasons.Select(r => r.Message)) + (contact is null ? "" : $" Contact: {contact}.")
        )
        {
            Reasons = reasons,
            Contact = contact,
        };

    /// <summary>The account has as many active keys as it may.</summary>
    public static Problem KeyLimitReached(int limit) =>
        new(
            409,
            "KEY_LIMIT_REACHED",
            "Too many active API keys",
            $"This account may have {limit} active API keys at a time: revoke one that is not used."
        );

    /// <summary>The key is revoked; nothing can be changed about it.</summary>
    public static Problem KeyRevoked() =>
        Conflict("KEY_REVOKED", "The API key is revoked", "A revoked API key cannot be changed: make a new one.");

    /// <summary>The key was rotated already.</summary>
    public static Problem KeyRotating() =>
        Conflict("KEY_ROTATING", "The API key was rotated already", "Rotate its successor, or wait: see rotatedTo.");

    /// <summary>The key has expired.</summary>
    public static Problem KeyExpired() =>
        Conflict("KEY_EXPIRED", "The API key has expired", "Set a later expiresAt first, or make a new API key.");

    /// <summary>The key is switched off.</summary>
    public static Problem KeyDisabled() =>
        Conflict("KEY_DISABLED", "The API key is disabled", "Enable it first: its successor would not be disabled.");

    /// <summary>The key's environment is no longer configured.</summary>
    public static Problem EnvironmentGone() =>
        Conflict(
            "ENVIRONMENT_GONE",
            "The environment is not configured",
            "No keys of its environment are made any more."
        );

    /// <summary>The name was not repeated exactly.</summary>
    public static Problem ConfirmationMismatch(string whose) =>
        new(
            400,
            "CONFIRMATION_MISMATCH",
            "The confirmation does not match",
            $"Send {{\"confirmation\": \"…\"}} with the {whose}'s name, letter by letter."
        );

    /// <summary>The ETag of <c>If-Match</c> is not the current one.</summary>
    public static Problem PreconditionFailed() =>
        new(412, "PRECONDITION_FAILED", "It was changed meanwhile", "Read it again and send its ETag in If-Match.");

    /// <summary>An idempotency key was used for another request.</summary>
    public static Problem IdempotencyKeyReused() =>
        new(
            422,
            "IDEMPOTENCY_KEY_REUSED",
            "The Idempotency-Key was used for another request",
            "Each request needs an Idempotency-Key of its own; only its repetitions share it."
        );

    /// <summary>The first request of this idempotency key has not been answered yet.</summary>
    public static Problem IdempotencyInFlight() =>
        Conflict(
            "IDEMPOTENCY_IN_FLIGHT",
            "The first request is still being worked on",
            "The same request with this Idempotency-Key is in flight: try again in a moment."
        ) with
        {
            RetryAfterSeconds = RetryAfterSeconds,
        };

    /// <summary>The store did not answer in time.</summary>
    public static Problem StoreUnavailable() =>
        new(
            503,
            "STORE_UNAVAILABLE",
            "The store is unavailable",
            "It is not known whether anything was changed: read it back, or repeat with the same Idempotency-Key."
        )
        {
            RetryAfterSeconds = RetryAfterSeconds,
        };

    /// <summary>The store has not been reached since the start, or its schema is not the one this program needs.</summary>
    public static Problem NotReady() =>
        StoreUnavailable() with
        {
            Detail = "This process is not ready, and nothing was changed: /readyz says why.",
        };

    /// <summary>Our fault.</summary>
    public static Problem Internal() =>
        new(500, "INTERNAL_ERROR", "Something went wrong", "This is our fault; the log has more under this requestId.");

    /// <summary>Anything else HTTP has a number for.</summary>
    public static Problem OfStatus(int status) =>
        status switch
        {
            404 => NotFound(),
            405 => Problem.Of(DenyReason.MethodNotAllowed),
            413 => Problem.Of(DenyReason.PayloadTooLarge),
            415 => UnsupportedMediaType(),
            < 500 => new(status, "BAD_REQUEST", "The request cannot be read", "The request is not well-formed HTTP."),
            _ => Internal() with { Status = status },
        };

    private static Problem Conflict(string code, string title, string detail) => new(409, code, title, detail);
}
