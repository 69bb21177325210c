using System.Globalization;
using System.Text.Json.Serialization;
using Microsoft.Net.Http.Headers;

namespace Gateway.Admin;

/// <summary>An answer about one versioned object.</summary>
public interface IVersioned
{
    /// <summary>Counts changes of the object.</summary>
    [JsonIgnore]
    long Version { get; }
}

/// <summary>ETags (RFC 9110 section 8.8.3): the version of the record in quotes.</summary>
public static class ETags
{
    /// <summary>The ETag of a version.</summary>
    public static string Of(long version) => string.Create(CultureInfo.InvariantCulture, $"\"{version}\"");

    /// <summary>Whether <c>If-Match</c> allows a change of what is at this version; it does when there is none.</summary>
    public static bool Matches(string? ifMatch, long version)
    {
        if (string.IsNullOrEmpty(ifMatch))
            return true;
        // What cannot be read matches nothing: the sender meant to be careful.
        return EntityTagHeaderValue.TryParseStrictList([ifMatch], out var tags)
            && tags.Any(t => t.Equals(EntityTagHeaderValue.Any) || (!t.IsWeak && t.Tag == Of(version)));
    }
}
