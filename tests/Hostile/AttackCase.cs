namespace Gateway.Tests;

/// <summary>One request that somebody unfriendly, or merely unusual, could send, and what may become of it.</summary>
public sealed record AttackCase
{
    /// <summary>Unique, such as <c>PATH-001</c>.</summary>
    public required string Id { get; init; }

    /// <summary>What is tried.</summary>
    public required string About { get; init; }

    /// <summary>Where it is from: an advisory, a specification, somebody's tests.</summary>
    public required string Source { get; init; }

    /// <summary>A request over HTTP/1.1 as it goes over the wire; null for one over HTTP/2. One character is one byte;
    /// what <see cref="Placeholders"/> knows is filled in for each run.</summary>
    public string? Raw { get; init; }

    /// <summary>A request over HTTP/2: fields in order, <c>name=value</c>; <c>GET /path</c> stands for the four that
    /// every request has.</summary>
    public IReadOnlyList<string>? Fields { get; init; }

    /// <summary>The body over HTTP/2; null for none.</summary>
    public string? Data { get; init; }

    /// <summary>How the frames are made (<see cref="Http2Framing"/>); null for one of each kind.</summary>
    public string? Framing { get; init; }

    /// <summary>Trailers over HTTP/2, like <see cref="Fields"/>; null for none.</summary>
    public IReadOnlyList<string>? Trailers { get; init; }

    /// <summary>The address to connect to when it is not the usual one; <c>PROXY</c> for the listener that takes the PROXY
    /// protocol.</summary>
    public string? Connect { get; init; }

    /// <summary>What may become of it.</summary>
    public required Expectation Expect { get; init; }

    /// <inheritdoc/>
    public override string ToString() => $"{Id}: {About}";
}

/// <summary>What may become of a request. That nothing is reached that was not granted is always demanded.</summary>
public sealed record Expectation
{
    /// <summary>Resources the sender may reach, in any reading: <c>public</c>, <c>read</c>, <c>admin</c>,
    /// <c>wallet:w1</c>.</summary>
    public required IReadOnlyList<string> Granted { get; init; }

    /// <summary>Requests that may arrive upstream, at most; null for any number.</summary>
    public int? Arrivals { get; init; }

    /// <summary>Requests that must arrive upstream; zero for hostile ones.</summary>
    public int MustArrive { get; init; }

    /// <summary>First statuses that are right: a number, <c>close</c>, <c>rst</c>, <c>goaway</c>, or <c>refused</c> for any
    /// of these and any number from 400. Empty for whatever comes.</summary>
    public IReadOnlyList<string> Status { get; init; } = [];

    /// <summary>Texts no header value that arrives may contain.</summary>
    public IReadOnlyList<string> Absent { get; init; } = [];

    /// <summary>Headers that may not arrive.</summary>
    public IReadOnlyList<string> AbsentHeaders { get; init; } = [];

    /// <summary>Texts that may not arrive in any line.</summary>
    public IReadOnlyList<string> AbsentText { get; init; } = [];

    /// <summary>Headers that arrive exactly once.</summary>
    public IReadOnlyList<string> Once { get; init; } = [];

    /// <summary>Lines, <c>Name: value</c>, that arrive as they are.</summary>
    public IReadOnlyList<string> Present { get; init; } = [];

    /// <summary>The body that arrives; null for any.</summary>
    public string? Body { get; init; }

    /// <summary>Methods that may arrive; empty for any.</summary>
    public IReadOnlyList<string> Methods { get; init; } = [];

    /// <summary>Headers of the answer, each with a pattern.</summary>
    public IReadOnlyDictionary<string, string> Answer { get; init; } = new Dictionary<string, string>();

    /// <summary>Texts the answer may not contain.</summary>
    public IReadOnlyList<string> AnswerAbsent { get; init; } = [];

    /// <summary>Whether one of the statuses that are right comes with an answer, so that it is worth waiting for.</summary>
    public bool WantsAnswer => Status.Count > 0 && !Status.Contains("close") && !Status.Contains("refused");

    /// <summary>Whether a status is right.</summary>
    public bool Takes(string status) =>
        Status.Count is 0
        || Status.Contains(status)
        || (
            Status.Contains("refused")
            && (status is "close" or "rst" or "goaway" || string.CompareOrdinal(status, "400") >= 0)
        );
}
