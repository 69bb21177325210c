using System.Text.Json;
using System.Text.Json.Nodes;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;
using YamlDotNet.Serialization;

namespace Gateway.Tests;

/// <summary>YAML of ours, as the tree it stands for: anchors and merge keys resolved, numbers and booleans as such.</summary>
internal static class Yaml
{
    private static readonly IDeserializer Reader = new DeserializerBuilder()
        .WithAttemptingUnquotedStringTypeDeserialization()
        .Build();

    /// <summary>The documents of a file of the repository.</summary>
    public static IReadOnlyList<JsonObject> ReadAll(string file)
    {
        using var text = new StringReader(SourceTree.Read(file));
        var parser = new MergingParser(new Parser(text));
        parser.Consume<StreamStart>();
        var documents = new List<JsonObject>();
        while (parser.TryConsume<DocumentStart>(out _))
        {
            documents.Add(ToJson(Reader.Deserialize<object>(parser))!.AsObject());
            parser.Consume<DocumentEnd>();
        }
        return documents;
    }

    /// <summary>The one document of a file.</summary>
    public static JsonObject Read(string file) => Assert.Single(ReadAll(file));

    private static JsonNode? ToJson(object? value) =>
        value switch
        {
            null => null,
            IDictionary<object, object> map => new JsonObject(
                map.Select(p => KeyValuePair.Create((string)p.Key, ToJson(p.Value)))
            ),
            IEnumerable<object> list => new JsonArray([.. list.Select(ToJson)]),
            _ => JsonSerializer.SerializeToNode(value),
        };
}
